"""What was seen: the message table, one message's frames and bytes, the events, and the composer.

May import everything of ours but `cli`, and Qt; never zmq. Messages are read from the store when they are painted.
"""
