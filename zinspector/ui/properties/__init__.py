"""The right panel: what is selected, its fields, how it does, what is wrong with it.

Every change is an edit of the document, at once and undoable. May import everything of ours but `cli`, and Qt; never
zmq.
"""
