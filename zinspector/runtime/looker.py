"""Who reads the notes of relays (`notes.py`), and has their connections looked at."""

from __future__ import annotations

from zinspector.runtime.inspection import Inspection
from zinspector.runtime.notes import Note
from zinspector.runtime.subject import Mark, Subject, Tapped


class Looker:
    """Knows the taps and the connections."""

    def __init__(self, inspection: Inspection) -> None:
        self._inspection = inspection
        self._taps: dict[int, Tapped] = {}
        self._subjects: dict[int, Subject] = {}

    def take(self, notes: list[Note]) -> None:
        """Read notes, in their order."""
        subjects, chunk = self._subjects, self._inspection.chunk
        for note in notes:
            if isinstance(note[0], int):
                chunk(subjects[note[0]], *note[1:])
            else:
                self._take(*note)

    def counts(self) -> dict[int, tuple[int, int]]:
        """Messages of each tap, and their payload bytes."""
        return {number: (tapped.count.messages, tapped.count.bytes) for number, tapped in self._taps.items()}

    def forget(self) -> None:
        """Know nothing more of taps that are over."""
        self._taps = {number: tapped for number, tapped in self._taps.items() if not tapped.over}

    def _take(self, what: str, number: int, *more: object) -> None:
        match what, more:
            case "open", (int(tap), int(time_ns), bool(young)):
                subject = self._subjects[number] = Subject(self._taps[tap], number, time_ns)
                if young:
                    self._inspection.stalled.watch(subject)
            case "mark", (("connect" | "bind") as side, int(time_ns), str(name), str(text), dict(details)):
                self._inspection.mark(self._subjects[number], side, Mark(name, text, details), time_ns)
            case "end", (("connect" | "bind") as side, int(time_ns)):
                self._inspection.mark(self._subjects[number], side, Mark(end=side), time_ns)
            case "part", ():
                self._subjects.pop(number).parted = True
            case "tap", (str(node), link):
                self._taps[number] = Tapped(node, None if link is None else str(link))
            case _:
                self._change(self._taps[number], what, *more)

    def _change(self, tapped: Tapped, what: str, *more: object) -> None:
        """What came before is looked at as it was meant then."""
        self._inspection.look()
        match what, more:
            case "pause", (bool(paused),):
                tapped.paused = paused
            case "relink", (link,):
                tapped.link = None if link is None else str(link)
                for subject in self._subjects.values():
                    if subject.tapped is tapped:
                        subject.name_types()
            case "untap", ():
                tapped.over = True
