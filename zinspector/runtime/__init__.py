"""WHAT RUNS: plan, session, sockets, pump, behaviours, monitor, taps, probe, discover, replay.

Relays run in a process of their own: `worker`, and `worker_link` to it. What they pass on is looked at in a fork of it,
`looking`, which they tell by `notes`. Rows come back through `ring` and `arena`.

The only importer of zmq and asyncio. May import every pure package but `decode`, and `tasks`; never Qt or `ui`.
The same session runs on qasync's loop in the window and on plain asyncio on the command line.
"""
