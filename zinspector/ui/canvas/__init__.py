"""The canvas: where a topology is drawn, wired and watched.

`scene` keeps one item per node and link in step with the workspace's document, by id; `node_item` and `link_item`
paint them; `view` turns mouse and keyboard into `gestures` and `verbs`, which make new documents and hand them to
`Workspace.edit`, so that everything is undone by one stack. Nothing here changes a document in place, and no item
knows another. Words on the canvas come from `words`, free of Qt.
"""
