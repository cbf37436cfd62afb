"""WHAT IS SHOWN: the window. The only importer of PySide6 and pyqtgraph.

May import everything of ours but `cli`, and never zmq.
"""
