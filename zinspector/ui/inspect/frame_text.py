"""What is written for a frame, and the bytes that it means: text, JSON, hex or base64, checked as it is typed."""

from __future__ import annotations

import base64
import binascii
import json
import re

KINDS = ("text", "json", "hex", "base64")
NOT_HEX = re.compile(r"[^0-9a-fA-F\s]")
NOT_BASE64 = re.compile(r"[^0-9a-zA-Z+/=\s]")


class FrameError(ValueError):
    """The text is no frame: why, and at which character of it."""

    def __init__(self, reason: str, position: int | None = None) -> None:
        super().__init__(reason)
        self.position = position


def frame_bytes(kind: str, text: str) -> bytes:
    """The bytes of a frame; JSON is checked and sent as it is written. Raises FrameError."""
    if kind == "hex":
        return _hex(text)
    if kind == "base64":
        return _base64(text)
    if kind == "json":
        _check_json(text)
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise FrameError("half a surrogate pair has no UTF-8", error.start) from None


def editable(data: bytes) -> tuple[str, str]:
    """The kind and text that show `data` best for editing, and mean exactly these bytes."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return "hex", data.hex(" ")
    if "\r" in text or not all(char.isprintable() or char in "\n\t" for char in text):
        return "hex", data.hex(" ")  # an editor would make \n of \r\n
    if text[:1] in ("{", "["):
        try:
            _check_json(text)
        except FrameError:
            return "text", text
        return "json", text
    return "text", text


def _hex(text: str) -> bytes:
    if wrong := NOT_HEX.search(text):
        raise FrameError(f"“{wrong.group()}” is no hex digit: {_place(text, wrong.start())}", wrong.start())
    try:
        return bytes.fromhex(text)
    except ValueError:
        position = _odd_digit(text)
        raise FrameError(f"half a byte: {_place(text, position)}", position) from None


def _odd_digit(text: str) -> int:
    """Where the first digit stands that has no second one."""
    for word in re.finditer(r"\S+", text):
        if len(word.group()) % 2:
            return word.end() - 1
    return max(0, len(text) - 1)


def _base64(text: str) -> bytes:
    if wrong := NOT_BASE64.search(text):
        raise FrameError(f"“{wrong.group()}” is not in the alphabet: {_place(text, wrong.start())}", wrong.start())
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error:
        digits = len("".join(text.split()).rstrip("="))
        reason = "one digit too many" if digits % 4 == 1 else "the padding is wrong (=)"
        raise FrameError(f"{reason}: {_place(text, len(text.rstrip()))}", max(0, len(text.rstrip()) - 1)) from None


def _check_json(text: str) -> None:
    try:
        json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise FrameError(f"{error.msg}: line {error.lineno}, column {error.colno}", error.pos) from None
    except RecursionError:
        raise FrameError("nested too deeply") from None
    except ValueError as error:
        raise FrameError(str(error)) from None


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


def _place(text: str, position: int) -> str:
    line = text.count("\n", 0, position) + 1
    return f"line {line}, column {position - text.rfind(chr(10), 0, position)}"
