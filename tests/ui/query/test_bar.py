"""The line between a statement and its answer."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from tests.helpers.hosted import hosted
from zinspector.ui.query.bar import QueryBar

ERROR = "SQL, line 1, column 8: Referenced column not found; candidates are topic, text, to_type and time"


def test_what_is_too_long_for_the_line_stands_below_it(qtbot: QtBot) -> None:
    bar = hosted(qtbot, QueryBar(), 560, 80)
    bar.say("61 rows in 0.26 s", "ok")
    qtbot.waitUntil(lambda: bar.outcome.x() > bar.recent.x() and bar.outcome.y() < bar.run.geometry().bottom())
    bar.say(ERROR, "error")
    qtbot.waitUntil(lambda: bar.outcome.y() >= bar.run.geometry().bottom())
    assert bar.outcome.height() >= bar.outcome.heightForWidth(bar.outcome.width())
    bar.resize(1400, 80)
    qtbot.waitUntil(lambda: bar.outcome.x() > bar.recent.x() and bar.outcome.y() < bar.run.geometry().bottom())


def test_what_fits_into_the_line_makes_it_no_higher(qtbot: QtBot) -> None:
    bar = hosted(qtbot, QueryBar(), 1400, 80)
    alone = bar.minimumSizeHint().height()
    bar.say(ERROR, "error")
    assert bar.outcome.x() > bar.recent.x()
    assert bar.minimumSizeHint().height() == alone


def test_it_stays_in_the_line_while_buttons_come_and_go(qtbot: QtBot) -> None:
    bar = hosted(qtbot, QueryBar(), 1400, 80)
    for running in (True, False):
        bar.set_running(running)
        bar.say("copying… 40%", "muted")  # before the buttons are laid out
        assert not bar.outcome.wordWrap()
