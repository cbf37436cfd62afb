"""Dialogs: about, shortcuts, consent to scripts. Shown with `open()`, never with a nested event loop."""
