"""The Query tab: SQL over what was captured; its answer as a table, as text to copy or save, and as a plot."""
