"""What taps show of other programs: their connections, the dialog that starts a tap, discovery, and pausing.

`book` keeps the connections in step with the store and is what every other part asks; `panel` is the Connections tab;
`dialog` and its `pages` start taps. Words about connections come from `words`, free of Qt.
"""
