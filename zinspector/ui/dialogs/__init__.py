"""Dialogs of the window: which file, record, export, decode as, consent to scripts, preferences, shortcuts, about.

Shown with `open()`, never with a nested event loop.
"""
