"""A field that chooses one of several values; what can't be chosen is grey and says why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox

from zinspector.ui.properties.fields import Field
from zinspector.ui.quiet_box import QuietBox


@dataclass(frozen=True)
class Choice:
    """One of several values. `problem` says why it can't be chosen, `tip` what it means."""

    value: str
    text: str
    tip: str = ""
    problem: str = ""


class Choices(Field):
    """One of several, in a drop-down list; what can't be chosen is grey and says why."""

    def __init__(
        self, name: str, choices: Callable[[], Sequence[Choice]], read: Callable[[], str], write: Callable[[str], None]
    ) -> None:
        super().__init__(name)
        self._choices, self._read = choices, read
        self._shown: list[Choice] = []
        self.box = QuietBox()
        self.box.setAccessibleName(name)
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setMinimumContentsLength(8)
        self.box.setMaxVisibleItems(16)
        self.column.addWidget(self.box)
        self.box.activated.connect(lambda _: write(str(self.box.currentData())))
        self.box.activated.connect(lambda _: self.left.emit())

    def refresh(self) -> None:
        """Show the choices and the chosen one."""
        choices = list(self._choices())
        if choices != self._shown:
            self._shown = choices
            self._fill(choices)
        self.box.setCurrentIndex(self.box.findData(self._read()))
        chosen = self.box.currentIndex()
        self.box.setToolTip(choices[chosen].tip if chosen >= 0 else "")

    def _fill(self, choices: list[Choice]) -> None:
        self.box.clear()
        model = self.box.model()
        assert isinstance(model, QStandardItemModel), "Qt's own model of a combo box"
        for row, choice in enumerate(choices):
            self.box.addItem(choice.text, choice.value)
            item = model.item(row)
            item.setToolTip(choice.problem or choice.tip)
            item.setEnabled(not choice.problem)
