"""Messages for a Node that cannot be used or has ended, from its exit code and its lines on standard error."""

from __future__ import annotations

import base64
import json
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event
from typing import IO

from tierwright.process.ending import FailureError

_SYSTEM_ERROR = re.compile(r"\bE[A-Z]{3,}: ")
_REASON = re.compile(r"^(?:FATAL ERROR|\w*Error)\b.*", re.MULTILINE)
_WAIT_SECONDS = 5


class NodeError(FailureError):
    """Node cannot be used, or has ended; the message says why and what to do."""


class Said:
    """The output of Node. It is kept until the end: if Node fails, one line of ours replaces it."""

    def __init__(self) -> None:
        self._printed: list[tuple[str, bytes]] = []
        self._heard = Event()

    def listen(self, reader: IO[bytes]) -> None:
        """Read until the end. jsii wraps what JavaScript prints; the rest is Node's own output."""
        for line in reader:
            try:
                for stream, text in json.loads(line).items():
                    self._printed.append((stream, base64.b64decode(text)))
            except (ValueError, AttributeError, TypeError):
                self._printed.append(("stderr", line))
        self._heard.set()

    def tell(self, code: int) -> None:
        """Print the output, once, unless Node has failed with this exit code."""
        for stream, text in self._printed if code == 0 else ():
            with suppress(OSError, ValueError, AttributeError):
                getattr(sys, stream).buffer.write(text)
                getattr(sys, stream).flush()
        self._printed.clear()

    def reason(self) -> str:
        """The line of it that names an error, or nothing. Node must have ended."""
        self._heard.wait(_WAIT_SECONDS)
        whole = b"".join(text for _, text in self._printed).decode(errors="replace")
        found = _REASON.search(whole)
        return f": {found[0].strip()}" if found else ""


def ended(process: subprocess.Popen[bytes], said: Said) -> NodeError:
    """The message for a Node that no longer answers."""
    try:
        code = process.wait(_WAIT_SECONDS)
    except subprocess.TimeoutExpired:
        return NodeError("Node, which cdk8s runs in, no longer answers; try again")
    number = -code if code < 0 else code - 128  # what starts a Node of its own tells that one's signal as shells do
    try:
        how = f"killed by {signal.Signals(number).name}"
    except ValueError:
        how = f"exit code {code}{said.reason()}"
    return NodeError(f"Node, which cdk8s runs in, ended too early ({how}); nothing is written; try again")


def system_error(message: str) -> NodeError | None:
    """The message for an error of JavaScript that comes from the system: a full disk, a folder that is not writable."""
    if not _SYSTEM_ERROR.search(message):
        return None
    return NodeError(
        f"Node, which cdk8s runs in, cannot work: {message.splitlines()[0]}; TMPDIR can name another folder for its files"
    )


@contextmanager
def explained() -> Iterator[None]:
    """Say why Node cannot have its files."""
    try:
        yield
    except OSError as error:
        raise _unable(f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror)) from None


def _unable(reason: str) -> NodeError:
    return NodeError(
        f"Node, which cdk8s runs in, cannot work: {reason}; it writes to {tempfile.gettempdir()} (TMPDIR), and to a cache in HOME"
    )
