"""What stands in the message table while it shows nothing: why, and what to do about it."""

from __future__ import annotations

from zinspector.decode.api import visible
from zinspector.ui.canvas.words import plural
from zinspector.ui.filter.bar import FilterBar
from zinspector.ui.inspect.scope_bar import ScopeBar
from zinspector.ui.workspace import Workspace

EMPTY = "Press Run (Ctrl+E) to see messages here, or send one by hand (Send tab)"
EMPTY_SCOPE = "No message is in this scope. “All nodes” shows the others."
EMPTY_FILTER = "No message matches the filter. Esc in the filter line (Ctrl+/) clears it."
EMPTY_SO_FAR = "No message that matches the filter has been found yet…"
EMPTY_HIDDEN = "The filter lets messages through, but the chips above, or what is followed, hide them."
EMPTY_FOLLOW = "Nothing of this has been captured yet. “Show all” shows the other messages."
FILTER_CHARS = 60


def why_empty(workspace: Workspace, scope_bar: ScopeBar, filter_bar: FilterBar) -> str:
    """The sentence for what is filtered, followed and chosen now."""
    if filter_bar.text and workspace.store.retained:
        if filter_bar.sieve.matched:
            return EMPTY_HIDDEN
        if filter_bar.sieve.answering and filter_bar.sieve.busy:
            return EMPTY_SO_FAR
        return EMPTY_FILTER if filter_bar.fault is None else _still_applied(filter_bar.text)
    scope = scope_bar.scope
    if scope.follow is not None:
        return EMPTY_FOLLOW
    if scope.items:
        return EMPTY_SCOPE
    return _nothing_yet(workspace, scope_bar)


def _still_applied(text: str) -> str:
    return (
        f"No message matches the filter that is still applied: {visible(text, FILTER_CHARS)}\n"
        "What stands in the filter line is no filter yet. Esc there (Ctrl+/) clears both."
    )


def _nothing_yet(workspace: Workspace, scope_bar: ScopeBar) -> str:
    """No row of the chosen kinds was captured; rows of the other kinds may have been, such as events."""
    chosen = " or ".join(name.lower() for name, chip in scope_bar.kinds.items() if chip.isChecked())
    said = f"Running; no {chosen} yet." if workspace.running else EMPTY
    hidden = workspace.store.retained
    others = [name for name, chip in scope_bar.kinds.items() if not chip.isChecked()]
    if not hidden or not others:
        return said
    what = plural(hidden, others[0].lower().removesuffix("s") if len(others) == 1 else "row")
    return f"{said}\nHidden by the chips above: {what} (click {' or '.join(f'“{name}”' for name in others)})."
