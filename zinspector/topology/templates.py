"""Frame templates made into bytes: `compile_frames()` once, then one cheap call per message.

Rules:
- Text and JSON may hold `{{expression}}` (see `expressions.py`). A JSON string that is nothing but one placeholder
  becomes the value itself: `"{{n}}"` gives 7, not "7". In hex frames placeholders must give bytes: `{{u32(n)}}`.
- Everything that can go wrong goes wrong at compile time, as a TemplateError that names frame and column, frames
  counted from 0 as everywhere. Constant frames, files and random bytes are made once.
- `file` is a path beside the topology file, read when the node starts.
"""

from __future__ import annotations

import base64
import binascii
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from zinspector.errors import TemplateError
from zinspector.topology.document import FrameTemplate
from zinspector.topology.template_functions import Makes
from zinspector.topology.template_parts import hex_parts, json_parts, text_parts

MAX_SIZE = 1 << 30
MakeFrame = bytes | Callable[[int], bytes]


def compile_frames(
    frames: Sequence[FrameTemplate], base: Path, rng: random.Random | None = None
) -> Callable[[int], list[bytes]]:
    """A function from the number of a message to its frames. Raises TemplateError.

    `base` is the folder of the topology file; `rng` makes random values repeatable.
    """
    rng = rng or random.Random()  # noqa: S311  # test data, not secrets
    made: list[bytes] = []
    varying: list[tuple[int, Callable[[int], bytes]]] = []
    for index, frame in enumerate(frames):
        make = compile_frame(frame, base, rng, f"frame {index}")
        made.append(make if isinstance(make, bytes) else b"")
        if not isinstance(make, bytes):
            varying.append((index, make))

    def frames_of(n: int) -> list[bytes]:
        message = made.copy()
        for index, make in varying:
            message[index] = make(n)
        return message

    return frames_of


def check_frames(frames: Sequence[FrameTemplate], base: Path) -> None:
    """Raise the TemplateError that `compile_frames` would, without reading files or making random bytes."""
    rng = random.Random(0)  # noqa: S311  # nothing is drawn
    for index, frame in enumerate(frames):
        compile_frame(frame, base, rng, f"frame {index}", dry=True)


def compile_frame(frame: FrameTemplate, base: Path, rng: random.Random, where: str, *, dry: bool = False) -> MakeFrame:
    """The bytes of a frame, or a function that makes them for message `n`. Raises TemplateError.

    A dry run only looks whether it could be done.
    """
    try:
        match frame.kind:
            case "text":
                return _joined(text_parts(_string(frame), rng))
            case "json":
                return _joined(list(json_parts(frame.value, "", rng)))
            case "hex":
                return _concatenated(hex_parts(_string(frame), rng))
            case "base64":
                return _from_base64(_string(frame))
            case "file":
                path = _readable(base / _string(frame))
                return b"" if dry else path.read_bytes()
            case "size":
                size = _size(frame.value)
                return b"" if dry else rng.randbytes(size)
    except TemplateError as error:
        raise TemplateError(
            error.text, where=", ".join(filter(None, (where, error.where))), remedy=error.remedy
        ) from None
    except RecursionError:
        raise TemplateError("nested too deeply", where=where) from None
    except UnicodeEncodeError:
        raise TemplateError("holds half a surrogate pair, which is no text", where=where) from None
    except ValueError as error:  # NaN and infinity
        raise TemplateError(f"is not valid JSON: {error}", where=where) from None


def _string(frame: FrameTemplate) -> str:
    if not isinstance(frame.value, str):
        raise TemplateError(f"{frame.kind} must be a text")
    return frame.value


def _from_base64(source: str) -> bytes:
    try:
        return base64.b64decode("".join(source.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise TemplateError(f"not base64: {error}") from None


def _readable(path: Path) -> Path:
    try:
        if path.stat().st_size > MAX_SIZE:
            raise TemplateError(f"{path} is over {MAX_SIZE >> 20} MiB", remedy="choose a smaller file")
        with path.open("rb"):
            return path
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        text = getattr(error, "strerror", None) or str(error)
        raise TemplateError(f"{path}: {text}", remedy="the path starts at the folder of the topology file") from None


def _size(size: Any) -> int:
    if not isinstance(size, int) or not 0 <= size <= MAX_SIZE:
        raise TemplateError(f"size must be a number of bytes from 0 to {MAX_SIZE}")
    return size


def _joined(parts: list[str | Makes]) -> MakeFrame:
    """Texts as UTF-8; `str` and functions to `str` in turn."""
    made, varying = _slots(parts, "")
    if not varying:
        return "".join(made).encode()
    for text in made:
        text.encode()  # half a surrogate pair shows now, not while sending

    def make(n: int) -> bytes:
        pieces = made.copy()
        for index, part in varying:
            pieces[index] = part(n)
        return "".join(pieces).encode()

    return make


def _concatenated(parts: list[bytes | Makes]) -> MakeFrame:
    made, varying = _slots(parts, b"")
    if not varying:
        return b"".join(made)

    def make(n: int) -> bytes:
        pieces = made.copy()
        for index, part in varying:
            pieces[index] = part(n)
        return b"".join(pieces)

    return make


def _slots(parts: list[Any], empty: Any) -> tuple[list[Any], list[tuple[int, Makes]]]:
    """Constants in their places, neighbours joined, and what has to be filled in."""
    made: list[Any] = []
    varying: list[tuple[int, Makes]] = []
    for part in parts:
        if callable(part):
            varying.append((len(made), part))
            made.append(empty)
        elif made and (not varying or varying[-1][0] != len(made) - 1):
            made[-1] += part
        else:
            made.append(part)
    return made, varying
