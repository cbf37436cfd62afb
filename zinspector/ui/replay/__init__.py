"""Replay from the window: what to send again, to whom and how fast; how it goes, and which replies differ."""
