"""Colour rules…: which messages stand out, by what, in which order. The first rule that fits decides.

What is changed shows in the table at once; Cancel puts the rules back. A filter that is none is told beside it, and its
rule colours nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from zinspector.capture.filter.errors import FilterError
from zinspector.ui.filter.words import fault_text
from zinspector.ui.inspect.colouring import PAINTS, filter_of
from zinspector.ui.inspect.looks import SAMPLE_RULES, ColourRule
from zinspector.ui.theme import mono_font, theme

HINT = "The first rule that fits a message colours it. Filters are written as in the filter line."
SIZE = (860, 420)
SWATCH = 16


class RuleRow(QWidget):
    """One rule, to be edited.

    Signals:
        changed(): something of it.
        moveRequested(int): up (-1) or down (1).
        removeRequested(): away with it.
    """

    changed = Signal()
    moveRequested = Signal(int)
    removeRequested = Signal()

    def __init__(self, rule: ColourRule) -> None:
        super().__init__()
        self.enabled = QCheckBox()
        self.enabled.setChecked(rule.enabled)
        self.enabled.setToolTip("Whether the rule applies")
        self.enabled.setAccessibleName("Rule applies")
        self.name = _line(rule.name, "Name")
        self.filter = _line(rule.filter, "Filter, e.g. size > 64k")
        self.filter.setFont(mono_font())
        self.colour = QComboBox()
        self.colour.setAccessibleName("Colour")
        for name, paint in PAINTS.items():
            self.colour.addItem(_swatch(name), f"{paint.sign} {name}", name)
        self.colour.setCurrentIndex(max(0, self.colour.findData(rule.colour)))
        self.fault = QLabel()
        self.fault.setTextFormat(Qt.TextFormat.PlainText)
        self.fault.setProperty("role", "error")
        self.fault.setWordWrap(True)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 2, 0, 2)
        for place, widget in enumerate((self.enabled, self.name, self.filter, self.colour)):
            layout.addWidget(widget, 0, place)
        for place, (sign, tip, act) in enumerate(
            (
                ("↑", "Before the rule above", lambda: self.moveRequested.emit(-1)),
                ("↓", "After the rule below", lambda: self.moveRequested.emit(1)),
                ("✕", "Remove the rule", self.removeRequested.emit),
            ),
            4,
        ):
            button = QToolButton()
            button.setText(sign)
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.clicked.connect(act)
            layout.addWidget(button, 0, place)
        layout.addWidget(self.fault, 1, 2, 1, 2)
        layout.setColumnStretch(1, 2)
        layout.setColumnStretch(2, 5)
        self.enabled.toggled.connect(self.changed)
        self.colour.currentIndexChanged.connect(self.changed)
        self.name.textChanged.connect(self.changed)
        self.filter.textChanged.connect(self._check)
        self._check()

    def rule(self) -> ColourRule:
        """The rule as it stands here."""
        name = self.name.text().strip() or self.filter.text().strip()
        return ColourRule(name, self.filter.text().strip(), self.colour.currentData(), self.enabled.isChecked())

    def _check(self) -> None:
        fault = filter_of(self.filter.text())
        told = isinstance(fault, FilterError)
        self.fault.setText(f"✖ {fault_text(fault)}" if isinstance(fault, FilterError) else "")
        self.fault.setVisible(told)
        self.changed.emit()


class RuleDialog(QDialog):
    """Edits colour rules.

    Signals:
        rulesChanged(object): a tuple of ColourRules; after Cancel that of before.
    """

    rulesChanged = Signal(object)

    def __init__(self, rules: Sequence[ColourRule], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Colour rules")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(QSize(*SIZE))
        self.rows: list[RuleRow] = []
        self._before = tuple(rules)
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(inner)
        add = QPushButton("Add a rule")
        add.clicked.connect(lambda: self.add(ColourRule("", "", "blue")).filter.setFocus())
        samples = QPushButton("Add the samples")
        samples.setToolTip("The rules that zinspector comes with, as far as they are missing")
        samples.clicked.connect(self.add_samples)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        bar = QHBoxLayout()
        bar.addWidget(add)
        bar.addWidget(samples)
        bar.addStretch(1)
        bar.addWidget(buttons)
        hint = QLabel(HINT)
        hint.setProperty("role", "muted")
        layout = QVBoxLayout(self)
        layout.addWidget(hint)
        layout.addWidget(area, 1)
        layout.addLayout(bar)
        for rule in rules:
            self.add(rule)
        self.rejected.connect(lambda: self.rulesChanged.emit(self._before))

    def rules(self) -> tuple[ColourRule, ...]:
        """The rules as they stand here."""
        return tuple(row.rule() for row in self.rows)

    def add(self, rule: ColourRule, place: int | None = None) -> RuleRow:
        """Add a rule, at the end or at a place."""
        row = RuleRow(rule)
        place = len(self.rows) if place is None else place
        self.rows.insert(place, row)
        self._column.insertWidget(place, row)
        row.changed.connect(self._tell)
        row.moveRequested.connect(lambda step: self._move(row, step))
        row.removeRequested.connect(lambda: self._remove(row))
        self._tell()
        return row

    def edit(self, wanted: str) -> RuleRow:
        """Go to the rule with this filter; where there is none, to a new one, before all others."""
        known = next((row for row in self.rows if row.filter.text().strip() == wanted), None)
        row = known or self.add(ColourRule("", wanted, "blue"), 0)
        row.name.setFocus()
        return row

    def add_samples(self) -> None:
        """Add the sample rules that are not there."""
        present = {rule.filter for rule in self.rules()}
        for rule in SAMPLE_RULES:
            if rule.filter not in present:
                self.add(rule)

    def _move(self, row: RuleRow, step: int) -> None:
        place = self.rows.index(row) + step
        if 0 <= place < len(self.rows):
            self.rows.remove(row)
            self.rows.insert(place, row)
            self._column.insertWidget(place, row)
            self._tell()

    def _remove(self, row: RuleRow) -> None:
        self.rows.remove(row)
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()
        self._tell()

    def _tell(self) -> None:
        self.rulesChanged.emit(self.rules())


def _line(text: str, hint: str) -> QLineEdit:
    line = QLineEdit(text)
    line.setPlaceholderText(hint)
    line.setAccessibleName(hint.partition(",")[0])
    line.setCursorPosition(0)
    return line


def _swatch(name: str) -> QIcon:
    """The row's ground with its sign."""
    pixmap = QPixmap(SWATCH, SWATCH)
    pixmap.fill(PAINTS[name].tint())
    painter = QPainter(pixmap)
    painter.fillRect(0, 0, 4, SWATCH, PAINTS[name].strong())
    painter.setPen(theme().colour("line"))
    painter.drawRect(0, 0, SWATCH - 1, SWATCH - 1)
    painter.end()
    return QIcon(pixmap)
