"""How a replay goes, and how it went, in words."""

from __future__ import annotations

from zinspector.runtime.replay import Replay


def how_it_goes(replay: Replay) -> str:
    """One line while it runs."""
    tally, total = replay.tally, replay.chosen.count
    round_ = f", round {tally.rounds + 1}" if tally.rounds else ""
    text = f"{replay.state.capitalize()}: {tally.sent - tally.rounds * total:,} of {total:,} sent{round_}"
    if tally.different or tally.unanswered:
        text += f" · {tally.different:,} replies differ, {tally.unanswered:,} missing"
    if tally.unlike:
        text += f" · {_unlike(tally.unlike)}"
    return f"{text}\n▲  {_mixed(replay)}" if replay.chosen.mixed else text


def how_it_went(replay: Replay) -> tuple[str, str]:
    """What came of it, and the role of its colour."""
    tally, chosen = replay.tally, replay.chosen
    done = "Stopped" if replay.state == "stopped" else "Done"
    lines = [f"{tally.sent:,} of {chosen.count:,} messages sent to {replay.address} in {tally.took}"]
    compared = tally.same + tally.different + tally.unanswered
    if compared and not (tally.different or tally.unanswered):
        lines.append(f"All {compared:,} replies are as recorded")
    elif compared:
        differ = f"{tally.different:,} {'differs' if tally.different == 1 else 'differ'} from what was recorded"
        lines.append(f"Of {compared:,} replies, {differ}, {tally.unanswered:,} did not come")
    if tally.unlike:
        lines.append(f"{_unlike(tally.unlike)}, and got the recorded replies all the same")
    if tally.refused:
        lines.append(f"{tally.refused:,} messages were refused: {tally.refusal}")
    if not tally.all_left:
        lines.append("Not all of them may have left: the other side took no more")
    if chosen.mixed:
        lines.append(_mixed(replay))
    if chosen.cut:
        lines.append(f"{chosen.cut:,} messages were left out: the capture has only a part of them")
    if chosen.seen_twice:
        lines.append(f"{chosen.seen_twice:,} rows were left out: they are the same messages, seen elsewhere")
    sign, role = ("✖", "error") if tally.failed else ("▲", "warn") if tally.unlike else ("●", "ok")
    return "\n".join([f"{sign}  {done}: {lines[0]}", *lines[1:]]), role


def _mixed(replay: Replay) -> str:
    text = replay.chosen.mixed
    return text[:1].upper() + text[1:]


def _unlike(count: int) -> str:
    return f"{count:,} request{'s' if count > 1 else ''} differed from what was recorded"
