"""What a socket does by itself: the part of its form for the behaviour and all that belongs to it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QPushButton

from zinspector.errors import UserError
from zinspector.topology import edits
from zinspector.topology.document import Behaviour, SocketNode
from zinspector.topology.socket_types import SOCKET_TYPES
from zinspector.ui.dialogs.choosing import ask_what_to_open
from zinspector.ui.properties.choices import Choice, Choices
from zinspector.ui.properties.fields import Line, Tick
from zinspector.ui.properties.form import Form, When
from zinspector.ui.properties.frames import FramesField
from zinspector.ui.properties.socket_rules import behaviour_choices

DEFAULT_RATE = 1000.0
RATE = re.compile(r"([\d_]*\.?\d+|\d+\.)\s*([kM]?)\s*((msg)?/s)?", re.ASCII)
FACTORS = {"": 1.0, "k": 1e3, "M": 1e6}
STAMP_TIP = "Adds a frame with the sending time; where it arrives, zinspector measures how long the message took"
SCRIPT_NOTE = "The file defines: async def on_message(frames, send). You are asked before it first runs."


class BehaviourPart:
    """Fields that a form shows for the present behaviour; they come and go with it."""

    def __init__(self, form: Form, node_id: str) -> None:
        self._form = form
        self._workspace = form.workspace
        self._id = node_id
        form.heading("Behaviour")
        self.kind = form.row(
            "Does", Choices("Does", lambda: behaviour_choices(self._node()), lambda: self._now().kind, self._set_kind)
        )
        self._generator()
        self._frames(self._is("generate", "reply"))
        self.target = form.row(
            "To", Choices("To", self._targets, lambda: self._now().to or "", self._forward), self._is("forward")
        )
        self._script(self._is("script"))

    def _node(self) -> SocketNode:
        node = self._workspace.document.node(self._id)
        assert isinstance(node, SocketNode), "the form goes with its node"
        return node

    def _now(self) -> Behaviour:
        return self._node().behaviour

    def _is(self, *kinds: str) -> When:
        return lambda: self._now().kind in kinds

    def _edit(self, step: str, /, **fields: Any) -> None:
        document = edits.set_behaviour(self._workspace.document, self._id, **fields)
        self._workspace.edit(step, document, merge_key=f"{step} {self._id}")

    def _set_kind(self, kind: str) -> None:
        fields: dict[str, Any] = {"kind": kind}
        if kind == "generate" and not self._now().frames:
            fields["rate"] = self._now().rate or DEFAULT_RATE
        self._edit("Change behaviour", **fields)

    # Generator

    def _generator(self) -> None:
        form, shown = self._form, self._is("generate")
        self.rate = form.row(
            "Rate",
            Line("Rate", self._rate_text, self._set_rate, check=read_rate, hint="as fast as it goes", strict=True),
            shown,
        )
        self.fastest = form.row(
            "", Tick("As fast as it goes", lambda: self._now().rate is None, self._set_fastest), shown
        )
        self.count = form.row(
            "Count",
            Line("Count", self._count_text, self._set_count, check=read_count, hint="without end", strict=True),
            shown,
        )
        self.stamp = form.field(
            Tick(
                "Stamp messages to measure latency",
                lambda: self._now().stamp,
                lambda yes: self._edit("Stamp", stamp=yes),
                tip=STAMP_TIP,
            ),
            shown,
        )

    def _rate_text(self) -> str:
        rate = self._now().rate
        return "" if rate is None else rate_text(rate)

    def _set_rate(self, text: str) -> None:
        self._edit("Change rate", rate=read_rate(text) if text.strip() else None)

    def _set_fastest(self, yes: bool) -> None:
        self._edit("Change rate", rate=None if yes else DEFAULT_RATE)

    def _count_text(self) -> str:
        count = self._now().count
        return "" if count is None else f"{count}"

    def _set_count(self, text: str) -> None:
        self._edit("Change count", count=read_count(text) if text.strip() else None)

    # Frames, target, script

    def _frames(self, shown: When) -> None:
        def stamped() -> bool:
            return self._now().kind == "generate" and self._now().stamp

        heading = self._form.heading("Frames", shown)
        heading.setToolTip("A message is made of these frames, in this order")
        self.frames = self._form.field(
            FramesField(
                lambda: self._now().frames,
                lambda frames: self._edit("Edit frames", frames=frames),
                lambda: self._workspace.base,
                self._sent,
                stamped,
            ),
            shown,
        )

    def _sent(self) -> int:
        counters = self._workspace.live.counters() if self._workspace.running else None
        count = counters.nodes.get(self._id) if counters is not None else None
        return count.sent if count is not None else 0

    def _targets(self) -> list[Choice]:
        others = [
            Choice(node.id, f"{node.title}  ({node.type})")
            for node in self._workspace.document.nodes
            if isinstance(node, SocketNode) and node.id != self._id and SOCKET_TYPES[node.type].can_send
        ]
        gone = self._now().to
        if gone and gone not in [choice.value for choice in others]:
            others.append(Choice(gone, f"{gone}  (not there)"))
        return [Choice("", "choose a node"), *others]

    def _forward(self, node_id: str) -> None:
        self._edit("Forward to", to=node_id or None)

    def _script(self, shown: When) -> None:
        self.script = self._form.row(
            "File",
            Line("Script", lambda: self._now().script or "", self._set_script, hint="worker.py", mono=True),
            shown,
        )
        choose = QPushButton("Choose…")
        choose.clicked.connect(self._choose_script)
        self._form.add(choose, when=shown)
        self._form.note(SCRIPT_NOTE, when=shown)

    def _set_script(self, text: str) -> None:
        self._edit("Choose script", script=text.strip() or None)

    def _choose_script(self) -> None:
        base = self._workspace.base
        ask_what_to_open(
            self._form, "Choose a script", base, "Python (*.py)", lambda path: self._set_script(beside(path, base))
        )


def read_rate(text: str) -> float:
    """Messages a second from a text such as 1000, 0.5, 2.5k or 1M. Raises UserError."""
    found = RATE.fullmatch(text.strip())
    rate = float(found[1].replace("_", "")) * FACTORS[found[2]] if found else 0.0
    if not 0 < rate < 1e12:
        raise UserError("a rate is a number of messages a second above 0", remedy="such as 1000, 0.5 or 2.5k")
    return rate


def rate_text(rate: float) -> str:
    """A rate in full digits, as it can be read back."""
    return f"{rate:.0f}" if rate == int(rate) else repr(float(rate))


def read_count(text: str) -> int:
    """A number of messages. Raises UserError."""
    if not (text.strip().isascii() and text.strip().isdecimal()):
        raise UserError("a count is a whole number of messages", remedy="empty: without end")
    return int(text)


def beside(path: Path, base: Path) -> str:
    """The path as the topology file should name it: relative where it lies beside or below the file."""
    try:
        return path.resolve().relative_to(base.resolve()).as_posix()
    except ValueError:
        return str(path)
