"""Schemas: a `.proto` file is compiled by protoc, anything else is read as a descriptor set, a `data:` URL, too.

- Every schema has its own descriptor pool, so two files may define the same names.
- A schema is read once, and again when it or a file that it imports changes; so is its failure remembered, since many
  frames ask for it.
- protoc runs in a process of its own, with a time limit: this interpreter with `-m grpc_tools.protoc`, which a frozen
  zinspector must understand as well.
"""

from __future__ import annotations

import base64
import importlib.resources
import re
import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import DecodeError as WrongBytes
from google.protobuf.message import Message

from zinspector.decode.api import DecodeError

from .names import Names

COMPILE_TIMEOUT_S = 15
MOST_BYTES = 10 << 20
MOST_PARENTS = 5
MOST_NAMED = 8
LOGGED = re.compile(r"warning:|^WARNING:|^[IWEF]\d{4} ")
DATA = re.compile(r"data:[^;,]*;name=(?P<name>[^;,]*);base64,")
PLACED = re.compile(r".+:\d+:\d+: ")


class Schema:
    """A schema file. What it holds is as of the last `refresh()`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.generation = 0
        self._stamps: dict[Path, int | None] = {}
        self._failure: DecodeError | None = None

    def refresh(self) -> None:
        """Read the files again if they changed. Raises DecodeError that says what is wrong with them."""
        if self._changed():
            self.generation += 1
            try:
                self._read()
                self._failure = None
            except DecodeError as error:
                self._failure = error
        if self._failure is not None:
            raise DecodeError(self._failure.reason)

    def message(self, name: str) -> tuple[Descriptor, type[Message]]:
        """A message type; without a name the only one of the file. Raises DecodeError."""
        known = ", ".join(self._own[:MOST_NAMED]) + (", …" if len(self._own) > MOST_NAMED else "") or "none"
        if not name and len(self._own) != 1:
            raise DecodeError(f"say which message of {self.path.name} it is: {known}")
        try:
            kind = self.pool.FindMessageTypeByName(name or self._own[0])
        except KeyError:
            raise DecodeError(f"{self.path.name} has no message {name}; it has {known}") from None
        return kind, message_factory.GetMessageClass(kind)

    def _changed(self) -> bool:
        return not self._stamps or any(_stamp(path) != stamp for path, stamp in self._stamps.items())

    def _files(self) -> descriptor_pb2.FileDescriptorSet:
        """What the file says, now. Raises DecodeError."""
        self._stamps = {self.path: _stamp(self.path)}
        data = self._bytes()
        if self.path.suffix != ".proto":
            return _parsed(data, self.path.name)
        files = _compiled(self.path)
        places = [self._place(file.name) for file in files.file]
        self._stamps |= {place: _stamp(place) for place in places if place is not None}
        return files

    def _read(self) -> None:
        files = self._files()
        self.pool = descriptor_pool.DescriptorPool()
        try:
            for file in files.file:
                self.pool.Add(file)
            for file in files.file:
                self.pool.FindFileByName(file.name)  # links it; only now a fault shows
        except (TypeError, KeyError) as error:
            raise DecodeError(f"{self.path.name}: {error}") from None
        self.names = Names(self.pool)
        self.descriptors = files.SerializeToString()
        own = files.file[-1:] if self.path.suffix == ".proto" else files.file
        self._own = [f"{file.package}.{kind.name}".lstrip(".") for file in own for kind in file.message_type]

    def _bytes(self) -> bytes:
        try:
            if self.path.stat().st_size > MOST_BYTES:
                raise DecodeError(f"{self.path.name}: a schema of more than {MOST_BYTES >> 20} MiB")
            return self.path.read_bytes()
        except OSError as error:
            raise DecodeError(f"{self.path}: {error.strerror}") from None

    def _place(self, name: str) -> Path | None:
        """Where an imported file lies, if it is one of the user's."""
        places = (folder / name for folder in _folders(self.path))
        return next((place for place in places if place.is_file()), None)


class Carried(Schema):
    """What a schema file held, compiled, as a `data:` URL: no file is looked at."""

    def __init__(self, url: str, name: str) -> None:
        super().__init__(Path(name))
        self._url = url

    def _changed(self) -> bool:
        return not self.generation

    def _files(self) -> descriptor_pb2.FileDescriptorSet:
        try:
            data = base64.b64decode(self._url.partition(",")[2], validate=True)
        except ValueError:
            raise DecodeError(f"{self.path.name}: not base64") from None
        return _parsed(data, self.path.name)


@lru_cache(maxsize=64)
def schema(path: str) -> Schema:
    """The schema in a file or a `data:` URL, shared by all that use it."""
    data = DATA.match(path)
    return Schema(Path(path)) if data is None else Carried(path, unquote(data["name"]))


def _stamp(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None


def _folders(path: Path) -> list[Path]:
    """Where imports are looked for: beside the file, then in the folders above, as `protoc -I` is often called."""
    return list(path.absolute().parents)[:MOST_PARENTS]


def _compiled(path: Path) -> descriptor_pb2.FileDescriptorSet:
    well_known = importlib.resources.files("grpc_tools") / "_proto"
    with tempfile.TemporaryDirectory(prefix="zinspector-") as folder:
        target = Path(folder) / "set"
        includes = [f"-I{each}" for each in (*_folders(path), well_known)]
        options = ["--include_imports", f"--descriptor_set_out={target}", *includes, str(path.absolute())]
        try:
            done = subprocess.run(  # noqa: S603  # no shell reads the arguments, and all but the path are ours
                [sys.executable, "-m", "grpc_tools.protoc", *options],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=COMPILE_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise DecodeError(f"{path.name}: protoc did not end within {COMPILE_TIMEOUT_S} s") from None
        if done.returncode or not target.exists():
            raise DecodeError(_complaint(done.stderr or done.stdout, path))
        return _parsed(target.read_bytes(), path.name)


def _complaint(output: bytes, path: Path) -> str:
    """The first line with a place in it, or the first that is no log of protoc's own."""
    text = output.decode("utf-8", "replace").replace(f"{path.parent}/", "")
    lines = [line for line in text.splitlines() if not LOGGED.search(line)]
    first = next((line for line in lines if PLACED.match(line)), lines[0] if lines else "it can't be compiled")[:300]
    return first if path.name in first else f"{path.name}: {first}"


def _parsed(data: bytes, name: str) -> descriptor_pb2.FileDescriptorSet:
    try:
        files = descriptor_pb2.FileDescriptorSet.FromString(data)
    except WrongBytes as error:
        raise DecodeError(f"{name}: not a descriptor set ({error})") from None
    if not files.file:
        raise DecodeError(f"{name}: a descriptor set without a file")
    return files
