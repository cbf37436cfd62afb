"""The line above the messages that narrows them: typed, completed, answered in the background, remembered."""
