"""The Topics tab: a tree of all topics, with how many messages, how fast, and what came last."""
