"""From the text of an expectation to its terms. The forms are few on purpose: they are for CI, and read aloud.

    count(FILTER) >= 10 within 5s      how many rows match, in the first five seconds; the run ends when it is decided
    rate(FILTER) > 100                 rows a second
    no(FILTER)                         no row matches; may have `within`
    always(FILTER)                     every message matches; may have `within`
    p99(LINK) < 5 ms                   also p50, p90, p99.9, max; in us, ms or s
    node ID received >= 10, link ID messages > 0, count >= 100, errors == 0; link ID p99 < 5 ms, or a number of us
    ... and ...                        both

FILTER is a display filter. What can't be meant (a figure, an id or a field that does not exist) is refused before
anything runs, with the column.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from difflib import get_close_matches
from typing import Final, NoReturn

from zinspector.capture.expect import COMPARE, FIGURES, LATENCIES, Comparison, Expectation, Matching, Term
from zinspector.capture.filter.display import Filter
from zinspector.capture.filter.errors import FilterError
from zinspector.errors import UserError

TOKEN: Final = re.compile(r'\s*(?P<word>"[^"]*"|[=!<>]=|[<>]|[^\s"=!<>]+)')
CALL: Final = re.compile(r"\s*(?P<form>[a-zA-Z][\w.]*)\s*\(")
INSIDE: Final = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[()]|[^()"']+""", re.DOTALL)
AMOUNT: Final = re.compile(r"(?P<number>[-+]?[\d.]+(?:[eE][-+]?\d+)?)\s*(?P<unit>[a-zA-Zµ/%]*)")
FILTERED: Final = ("count", "rate", "no", "always")
MICROSECONDS: Final = {"us": 1.0, "µs": 1.0, "ms": 1e3, "s": 1e6}
SECONDS: Final = {"s": 1.0, "ms": 1e-3, "min": 60.0}
PLAIN: Final = {"": 1.0}
LETTERS: Final = {"k": 1e3, "M": 1e6, "G": 1e9}  # nobody's units; what they are taken for
RATES: Final = {"": 1.0, "/s": 1.0, "msg/s": 1.0, "rows/s": 1.0}
MEASURED: Final = "zinspector run measures the nodes and links of a topology; here there are count, rate, no and always"
REMEDY: Final = "write it like 'count(topic == \"x\") >= 10 within 5s' or 'node display received >= 10'"


class ExpectationError(UserError):
    """An expectation that can't be read; names the column."""


def read_expectation(
    text: str,
    nodes: Collection[str] = (),
    links: Collection[str] = (),
    *,
    figures: Mapping[str, Collection[str]] = FIGURES,
    made: Callable[[str], Filter] = Filter,
) -> Expectation:
    """Read an expectation about these nodes and links. Raises ExpectationError.

    `figures` are those that the report will have, by `run`, `node` and `link`. `made` makes filters that look into
    what decoders gave; it may raise other UserErrors.
    """
    reader = _Reader(text, {"node": nodes, "link": links}, figures, made)
    terms = [reader.term()]
    while reader.ahead:
        reader.take("'and' or the end", ("and",), meant=("and", "within"))
        terms.append(reader.term())
    return Expectation(text, tuple(terms))


class _Reader:
    """Takes an expectation word by word."""

    def __init__(
        self,
        text: str,
        known: Mapping[str, Collection[str]],
        figures: Mapping[str, Collection[str]],
        made: Callable[[str], Filter],
    ) -> None:
        self._text = text
        self._made = made
        self._known = known
        self._figures = figures
        self._at = 0

    @property
    def ahead(self) -> str:
        """The next word; empty at the end."""
        found = TOKEN.match(self._text, self._at)
        return found["word"] if found else self._text[self._at :].strip()

    def take(
        self,
        wanted: str,
        allowed: Collection[str] | None = None,
        remedy: str = "",
        *,
        meant: Collection[str] = (),
    ) -> str:
        """The next word, which must be one of `allowed`. Raises ExpectationError that says what was `wanted`.

        `meant` is what may have been mistyped, where it is more than is allowed.
        """
        found = TOKEN.match(self._text, self._at)
        word = found["word"] if found else ""
        if not found or (allowed is not None and word.strip('"') not in allowed):
            self._unexpected(wanted, _nearest(word.strip('"'), meant or allowed or ()) or remedy)
        assert found is not None, "else it is unexpected"
        self._at = found.end()
        return word.strip('"')

    def term(self) -> Term:
        """One thing that is expected."""
        call = CALL.match(self._text, self._at)
        if call is None:
            return self._figure()
        if call["form"] in LATENCIES:
            self._at = call.end()
            return self._latency(call["form"], call.start("form"))
        if call["form"] not in FILTERED:
            forms = (*FILTERED, *LATENCIES)
            text = f"expected one of {', '.join(forms)} at column {call.start('form') + 1}, not {call['form']!r}"
            self._fail(text, _nearest(call["form"], forms))
        self._at = call.end()
        return self._matching(call["form"], call.start("form"))

    def _matching(self, form: str, began: int) -> Term:
        at = self._at
        inside = self._inside()
        try:
            wanted = self._made(inside)
        except FilterError as error:
            text = error.text.replace("not the end", "not ')'") if error.column > len(inside) else error.text
            expected = error.expected if error.expected not in text else ""
            self._fail(f"{text} at column {at + error.column}", error.remedy or (expected and f"expected {expected}"))
        if form in ("no", "always"):
            within = self._within()
            return Matching(self._since(began), form, wanted, within_s=within)
        how = self.take("a comparison", COMPARE, "one of == != >= <= > <")
        at = self._at
        number = self._amount("a number", RATES if form == "rate" else PLAIN)
        if form == "count" and number % 1:
            self._at = at
            self._unexpected("a whole number of rows")
        within = self._within() if form == "count" else None
        return Matching(self._since(began), form, wanted, how, number, within)

    def _latency(self, figure: str, began: int) -> Term:
        there = self._known["link"]
        at = self._at
        name = self._inside().strip().strip('"')
        if not there:
            self._fail(f"{figure}(LINK) asks for the latency of a link, and no link is measured here", MEASURED)
        if name not in there:
            text = f"expected the id of a link at column {at + 1}, not {name!r}"
            self._fail(text, f"there are {', '.join(sorted(there))}")
        how = self.take("a comparison", COMPARE, "one of == != >= <= > <")
        return self._latency_of(name, figure, how, MICROSECONDS, began)

    def _latency_of(self, link: str, figure: str, how: str, units: Mapping[str, float], began: int) -> Comparison:
        number, unit = self._measure("a latency such as 5 ms", units)
        size = units[unit]
        return Comparison("link", link, figure, how, number * size, self._since(began), unit or "us", size)

    def _figure(self) -> Term:
        kind, name, began = "run", "", self._at
        if self.ahead in self._known:
            kind = self.take("node or link")
            there = self._known[kind]
            if not there:
                self._fail(f"no {kind} is counted here", MEASURED)
            name = self.take(f"the id of a {kind}", there, f"there are {', '.join(sorted(there))}")
        owner = "the run" if kind == "run" else f"a {kind}"
        figures = self._figures[kind]
        others = f", or {', '.join(f'{form}(FILTER)' for form in FILTERED)}" if kind == "run" else ""
        figure = self.take(f"a figure of {owner}", figures, f"one of {', '.join(figures)}{others}")
        how = self.take("a comparison", COMPARE, "one of == != >= <= > <")
        if figure in LATENCIES:
            return self._latency_of(name, figure, how, {"": 1.0, **MICROSECONDS}, began)
        return Comparison(kind, name, figure, how, self._amount("a number", PLAIN), self._since(began))

    def _since(self, began: int) -> str:
        """What was written from there to here."""
        return self._text[began : self._at].strip()

    def _inside(self) -> str:
        """What stands up to the parenthesis that closes the one before."""
        depth, began = 1, self._at
        while depth:
            found = INSIDE.match(self._text, self._at)
            if found is None:
                self._fail(f"nothing closes the parenthesis before column {began + 1}", "")
            self._at = found.end()
            depth += {"(": 1, ")": -1}.get(found[0], 0)
        return self._text[began : self._at - 1]

    def _amount(self, wanted: str, units: Mapping[str, float]) -> float:
        """A number with a unit, as a number of the unit that is 1."""
        number, unit = self._measure(wanted, units)
        return number * units[unit]

    def _measure(self, wanted: str, units: Mapping[str, float]) -> tuple[float, str]:
        """A number, and its unit as it is written."""
        rest = self._text[self._at :]
        self._at += len(rest) - len(rest.lstrip())
        found = AMOUNT.match(self._text, self._at)
        number = _number(found["number"]) if found else None
        if found is None or number is None:
            self._unexpected(wanted)
        if number < 0:
            self._fail(f"nothing here is ever below 0, but {found['number']} at column {self._at + 1}", "")
        unit = found["unit"]
        end = found.end()
        apart = found.end("number") < found.start("unit")
        if unit in ("within", "and") or (apart and units is PLAIN):
            unit, end = "", found.end("number")
        if unit not in units:
            self._wrong_unit(wanted, found, units)
        self._at = end
        return number, unit

    def _wrong_unit(self, wanted: str, found: re.Match[str], units: Mapping[str, float]) -> NoReturn:
        number, unit = found["number"], found["unit"]
        names = [name for name in units if name]
        meant = [number + name for name in names if name.startswith(unit)]
        if unit in LETTERS and "" in units:
            remedy = f"write {float(number) * LETTERS[unit]:.12g}"
        elif meant:
            remedy = f"write {' or '.join(meant)}"
        else:
            remedy = f"the units are {', '.join(names)}" if names else f"{number} has no unit here"
        self._fail(f"expected {wanted} at column {found.start() + 1}, not {found[0].strip()!r}", remedy)

    def _within(self) -> float | None:
        if self.ahead != "within":
            return None
        self.take("within")
        at = self._at
        seconds = self._amount("a time such as 5s", SECONDS)
        if seconds <= 0:
            self._at = at
            self._unexpected("a time above 0, such as 5s")
        return seconds

    def _unexpected(self, wanted: str, remedy: str = "") -> NoReturn:
        rest = self._text[self._at :]
        column = self._at + len(rest) - len(rest.lstrip()) + 1 if rest.strip() else len(self._text.rstrip()) + 1
        there = repr(self.ahead or rest.strip()) if rest.strip() else "the end"
        self._fail(f"expected {wanted} at column {column}, not {there}", remedy)

    def _fail(self, text: str, remedy: str) -> NoReturn:
        raise ExpectationError(text, where=f"--expect {self._text!r}", remedy=remedy or REMEDY)


def _nearest(word: str, meant: Collection[str]) -> str:
    near = get_close_matches(word.lower(), meant, 1)
    return f"did you mean {near[0]}?" if near and near[0] != word else ""


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
