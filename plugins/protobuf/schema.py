"""Schemas: a `.proto` file is compiled by protoc in a process of its own, with a time limit; a descriptor set is read.

Every schema has its own descriptor pool, so two schemas may define the same names. A file that changes is read again.
"""

from __future__ import annotations

import importlib.resources
import subprocess
import sys
import tempfile
from pathlib import Path

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import DecodeError as WrongBytes
from google.protobuf.message import Message

from zinspector.decode.api import DecodeError

COMPILE_TIMEOUT_S = 20
MOST_BYTES = 10 << 20


class Schema:
    """One message type of one schema file."""

    def __init__(self, path: str, message: str) -> None:
        """Raises DecodeError that says what is wrong with the file or the name."""
        self._path = Path(path)
        self._wanted = message
        self._read_at: int | None = None
        self.refresh()

    def refresh(self) -> None:
        """Read the file again if it changed. Raises DecodeError."""
        try:
            changed_at = self._path.stat().st_mtime_ns
        except OSError as error:
            raise DecodeError(f"{self._path.name}: {error.strerror}") from None
        if changed_at == self._read_at:
            return
        files = _compile(self._path) if self._path.suffix == ".proto" else _read_set(self._path)
        self.pool = descriptor_pool.DescriptorPool()
        try:
            for file in files.file:
                self.pool.Add(file)
            self.descriptor = self._choose(files)
        except (TypeError, KeyError) as error:
            raise DecodeError(f"{self._path.name}: {error}") from None
        self.message_class: type[Message] = message_factory.GetMessageClass(self.descriptor)
        self._read_at = changed_at

    def _choose(self, files: descriptor_pb2.FileDescriptorSet) -> Descriptor:
        names = [f"{file.package}.{kind.name}".lstrip(".") for file in files.file for kind in file.message_type]
        own = files.file[-1] if files.file else descriptor_pb2.FileDescriptorProto()
        if self._wanted:
            try:
                return self.pool.FindMessageTypeByName(self._wanted)
            except KeyError:
                known = ", ".join(names[-8:]) or "none"
                raise DecodeError(f"{self._path.name} has no message {self._wanted}; it has {known}") from None
        if len(own.message_type) == 1:
            return self.pool.FindMessageTypeByName(names[-1])
        raise DecodeError(f"name one of the messages of {self._path.name}: {', '.join(names[-8:]) or 'there is none'}")


def _compile(path: Path) -> descriptor_pb2.FileDescriptorSet:
    if path.stat().st_size > MOST_BYTES:
        raise DecodeError(f"{path.name}: a schema of more than {MOST_BYTES >> 20} MiB")
    well_known = importlib.resources.files("grpc_tools") / "_proto"
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "set"
        command = [
            sys.executable,
            "-m",
            "grpc_tools.protoc",
            "--include_imports",
            f"--descriptor_set_out={target}",
            f"-I{path.parent}",
            f"-I{well_known}",
            str(path),
        ]
        try:
            # every argument is ours but the path, and no shell reads it
            done = subprocess.run(  # noqa: S603
                command, capture_output=True, text=True, timeout=COMPILE_TIMEOUT_S, check=False
            )
        except subprocess.TimeoutExpired:
            raise DecodeError(f"{path.name}: protoc did not end within {COMPILE_TIMEOUT_S} s") from None
        if done.returncode or not target.exists():
            told = (done.stderr or done.stdout).strip().splitlines()
            raise DecodeError(_relative(told[0] if told else "protoc failed", path))
        return descriptor_pb2.FileDescriptorSet.FromString(target.read_bytes())


def _relative(text: str, path: Path) -> str:
    return text.replace(f"{path.parent}/", "")


def _read_set(path: Path) -> descriptor_pb2.FileDescriptorSet:
    try:
        files = descriptor_pb2.FileDescriptorSet.FromString(path.read_bytes())
    except (OSError, WrongBytes) as error:
        raise DecodeError(f"{path.name}: not a descriptor set ({error})") from None
    if not files.file:
        raise DecodeError(f"{path.name}: a descriptor set without a file")
    return files
