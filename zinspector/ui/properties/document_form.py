"""The set-up of the drawing itself, shown when nothing is selected: name, description, decode rules, and a hint."""

from __future__ import annotations

from typing import Any

from zinspector.decode.rules import Rule
from zinspector.errors import UserError
from zinspector.topology import edits
from zinspector.ui.properties.fields import Line
from zinspector.ui.properties.form import Form
from zinspector.ui.properties.list_field import ListField
from zinspector.ui.properties.text_fields import Paragraph
from zinspector.ui.workspace import Workspace

HINTS = (
    "Drag a socket from the palette, or press Tab on the canvas to search and add one.",
    "Drag from port to port to wire two sockets; those that fit light up.",
    "Select one to edit it here. Ctrl+E runs the drawing, and you may edit on.",
)
RULE_NOTE = "WHERE=DECODER(OPTIONS). WHERE is any of topic:GLOB node:ID link:ID frame:N, or * for everything."


class DocumentForm(Form):
    """The form of the drawing."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.name = self.row("Name", Line("Name", lambda: workspace.document.name, self._rename))
        self.description = self.row(
            "About",
            Paragraph(
                "About",
                lambda: workspace.document.description,
                lambda text: self._edit("Describe the drawing", description=text),
                hint="What this drawing shows",
            ),
        )
        self.heading("Decode rules")
        self.rules = self.field(
            ListField(
                "Decode rules",
                lambda: workspace.document.decode,
                lambda texts: self._edit("Change decode rules", decode=texts),
                check=self._check,
                hint="topic:quotes.* frame:1=json",
                add="rule",
            )
        )
        self.note(RULE_NOTE)
        self.heading("How to go on")
        for hint in HINTS:
            self.note(f"•  {hint}")
        self.stretch()
        self.refresh()

    def _edit(self, step: str, /, **fields: Any) -> None:
        self.workspace.edit(step, edits.set_document(self.workspace.document, **fields), merge_key=step)

    def _rename(self, text: str) -> None:
        self._edit("Rename the drawing", name=text)

    def _check(self, text: str) -> None:
        rule = Rule.parse(text, self.workspace.base)
        plugins = self.workspace.decoding.registry.plugins
        known = sorted({decoder.name for plugin in plugins for decoder in plugin.decoders})
        if rule.decoder not in known:
            raise UserError(f"there is no decoder {rule.decoder}", remedy=f"there are {', '.join(known)}")
