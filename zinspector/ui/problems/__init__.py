"""What is wrong, as a list that lives with the drawing.

May import everything of ours but `cli`, and Qt; never zmq.
"""
