"""WHAT RUNS: plan, session, sockets, pump, behaviours, monitor.

The only importer of zmq and asyncio. May import every pure package but `decode`, and `tasks`; never Qt or `ui`.
The same session runs on qasync's loop in the window and on plain asyncio on the command line.
"""
