"""WHAT WAS DRAWN: the document, socket types, endpoints, edits, files, templates, layout.

Pure code over immutable values. May import `storage` and `errors`; never zmq, asyncio, Qt, or what runs and shows.
"""
