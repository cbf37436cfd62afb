"""Errors that a user can fix. Everything else that is raised is a bug of ours.

A `UserError` says what is wrong, where, and what to do about it; the command line prints it and exits with
code 2, the window shows it in a message bar. It never becomes a traceback.
"""

from __future__ import annotations


class UserError(Exception):
    """Something the user can put right.

    `text` is one sentence, `where` names the file, node or option, `remedy` says what to change.
    """

    def __init__(self, text: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.where = where
        self.remedy = remedy

    @property
    def sentence(self) -> str:
        """Where and what, for those who tell the remedy apart."""
        return f"{self.where}: {self.text}" if self.where else self.text

    def __str__(self) -> str:
        return f"{self.sentence} ({self.remedy})" if self.remedy else self.sentence


class FileError(UserError):
    """A file that can't be read or written, or isn't what it claims to be."""


class TopologyError(UserError):
    """A topology document that can't be understood."""


class EndpointError(UserError):
    """An address that libzmq would not understand, or would misunderstand."""


class TemplateError(UserError):
    """A frame template that can't be rendered."""


class OptionError(UserError):
    """A socket option that does not exist, has the wrong type, or that this libzmq refuses."""


class SocketError(UserError):
    """A socket operation that libzmq refused: address in use, no such device, state of REQ/REP."""


class PluginError(UserError):
    """A decoder plugin that can't be loaded or used."""
