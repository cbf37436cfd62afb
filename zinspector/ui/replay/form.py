"""What to replay and how: the upper part of the replay dialog. Every field is judged while it is typed into."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from zinspector.capture.compare import Comparison, Ignored
from zinspector.capture.exchanges import ASKING, COMPARED
from zinspector.capture.filter.display import Filter
from zinspector.capture.filter.errors import FilterError
from zinspector.capture.masks import Mask
from zinspector.capture.replay import Masks, speed
from zinspector.capture.ways import Wanted
from zinspector.errors import EndpointError, UserError
from zinspector.runtime.replay import How
from zinspector.topology.endpoints import parse
from zinspector.topology.socket_types import SOCKET_TYPES
from zinspector.ui.dialogs.export import Part
from zinspector.ui.filter.line import FilterLine
from zinspector.ui.theme import mono_font

SPEEDS = ("x0.1", "x0.5", "x1", "x2", "x10", "x100", "max")
REPLIES = "Replies", "Wait for each reply, and compare it with the recorded one"
REQUESTS = "Requests", "Compare each request with the recorded one; it gets the recorded reply in any case"
Numbers = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Asked:
    """What the form says."""

    wanted: Wanted
    address: str
    how: How
    masks: Masks | None
    compares: bool
    comparison: Comparison


class ReplayForm(QWidget):
    """The fields.

    Signals:
        changed(): ask `problem` again.
    """

    changed = Signal()

    def __init__(self, parts: Sequence[Part], preferred: int, proposed: str) -> None:
        """`parts` of the capture to choose from; `proposed` is a type of socket."""
        super().__init__()
        self._parts = parts
        self.rows = QButtonGroup(self)
        self.type = QComboBox()
        self.place = QComboBox()
        self.address = QLineEdit()
        self.speed = QComboBox()
        self.loop = QCheckBox("Again and again, until it is stopped")
        self.filter = FilterLine()
        self.compare = QCheckBox()
        self.ignore = QLineEdit()
        self._compare_label, self._ignore_label = QLabel(), QLabel("But not")
        self._fill(preferred, proposed)
        self._lay_out()
        self._join()
        self._type_changed()

    def problem(self) -> str:
        """What keeps it from being replayed; empty when nothing does."""
        try:
            self.asked()
        except UserError as error:
            return f"{error.text}: {error.remedy}" if error.remedy else error.text
        return ""

    def asked(self) -> Asked:
        """What is asked for. Raises UserError."""
        address = self.address.text().strip()
        if parse(address).transport == "inproc":
            raise EndpointError("inproc reaches only sockets of one context", remedy="use tcp or ipc")
        how = How(speed(self.speed.currentText().strip()), self.loop.isChecked())
        wanted = Wanted(self.type.currentText(), self.place.currentIndex() == 1)
        ignored = [Ignored.parse(text) for text in self.ignore.text().replace(",", " ").split()]
        compares = wanted.type in COMPARED and self.compare.isChecked()
        return Asked(wanted, address, how, self._masks(), compares, Comparison(ignored))

    def _masks(self) -> Masks | None:
        text = self.filter.text().strip()
        wanted = Filter(text) if text else None
        numbers = self._parts[self.rows.checkedId()].numbers
        if numbers is None:
            return wanted.masks if wanted is not None else None
        return _both(numbers, wanted.masks if wanted is not None else None)

    def _fill(self, preferred: int, proposed: str) -> None:
        for number, part in enumerate(self._parts):
            button = QRadioButton(f"{part.text}: {part.count:,}")
            button.setEnabled(part.count > 0)
            self.rows.addButton(button, number)
        self.rows.button(preferred).setChecked(True)
        for name, info in SOCKET_TYPES.items():
            if info.can_send:
                self.type.addItem(name)
                self.type.setItemData(self.type.count() - 1, info.blurb, Qt.ItemDataRole.ToolTipRole)
        self.type.setCurrentText(proposed)
        self.type.setAccessibleName("Socket type")
        self.place.addItems(["connects to", "binds"])
        self.place.setAccessibleName("Connect or bind")
        self.address.setFont(mono_font())
        self.address.setPlaceholderText("tcp://127.0.0.1:5555")
        self.address.setAccessibleName("Address")
        self.speed.setEditable(True)
        self.speed.addItems(SPEEDS)
        self.speed.setCurrentText("x1")
        self.speed.setAccessibleName("Speed")
        self.speed.setToolTip("How many times as fast as it was: x0.1 to x100; max: as fast as it goes")
        self.filter.setPlaceholderText("All of these, or only those that match a filter")
        self.compare.setChecked(True)
        self.ignore.setFont(mono_font())
        self.ignore.setPlaceholderText("json.time, json.orders[*].id")
        self.ignore.setAccessibleName("Paths that may differ")
        self.ignore.setToolTip("JSON paths or whole frames (frames[1]) that may differ, separated by commas")

    def _lay_out(self) -> None:
        choices = QVBoxLayout()
        choices.setSpacing(4)
        for button in self.rows.buttons():
            choices.addWidget(button)
        where = QHBoxLayout()
        where.setSpacing(6)
        where.addWidget(self.type)
        where.addWidget(self.place)
        where.addWidget(self.address, 1)
        pace = QHBoxLayout()
        pace.setSpacing(14)
        pace.addWidget(self.speed)
        pace.addWidget(self.loop)
        pace.addStretch(1)
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(10)
        form.addRow("Messages", choices)
        form.addRow("Filter", self.filter)
        form.addRow("Socket", where)
        form.addRow("Speed", pace)
        form.addRow(self._compare_label, self.compare)
        form.addRow(self._ignore_label, self.ignore)
        self._form = form

    def _join(self) -> None:
        self.type.currentTextChanged.connect(lambda _: self._type_changed())
        self.place.currentIndexChanged.connect(lambda _: self.changed.emit())
        self.speed.currentTextChanged.connect(lambda _: self.changed.emit())
        self.compare.toggled.connect(lambda _: self._type_changed())
        for line in (self.address, self.ignore):
            line.textChanged.connect(lambda _: self.changed.emit())
        self.filter.textChanged.connect(lambda _: self._judge_filter())

    def _type_changed(self) -> None:
        name = self.type.currentText()
        label, text = REPLIES if name in ASKING else REQUESTS
        self._compare_label.setText(label)
        self.compare.setText(text)
        self._form.setRowVisible(self.compare, name in COMPARED)
        self._form.setRowVisible(self.ignore, name in COMPARED and self.compare.isChecked())
        self.changed.emit()

    def _judge_filter(self) -> None:
        text = self.filter.text().strip()
        try:
            if text:
                Filter(text)
            self.filter.say("ok" if text else "")
        except FilterError as error:
            self.filter.say("error", error)
        self.changed.emit()


def _both(numbers: Numbers, masks: Masks | None) -> Masks:
    """Rows with these numbers, ascending, that a filter lets through, too."""

    def made(batches: Sequence[pa.RecordBatch]) -> Iterator[Mask]:
        others: Iterable[Mask | None] = masks(batches) if masks is not None else [None] * len(batches)
        for batch, other in zip(batches, others, strict=True):
            own = batch.column("n").to_numpy()
            mask = np.zeros(batch.num_rows, np.bool_)
            if len(own):
                low, high = np.searchsorted(numbers, [own[0], own[-1] + np.uint64(1)])
                mask[(numbers[low:high] - own[0]).astype(np.int64)] = True
            yield mask if other is None else mask & other

    return made
