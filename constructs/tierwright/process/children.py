"""Child programs that are run for their result. When this program is ended, they end too, with all that they have started."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from tierwright.process.ending import on_end, undisturbed

_PATIENCE_SECONDS = 5.0
_POLL_SECONDS = 0.01


class Done(NamedTuple):
    """How a program ended, and what it printed on both streams."""

    code: int
    said: str


def run(command: Sequence[str], *, cwd: Path, environment: Mapping[str, str] | None = None) -> Done:
    """Run a program in a group of its own: Ctrl-C ends this program, which then ends all of the group."""
    with undisturbed():
        process = subprocess.Popen(
            command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, process_group=0
        )
        forget = on_end(lambda: _end(process.pid))
    said, _ = process.communicate()
    forget()
    return Done(process.returncode, said.decode(errors="replace").rstrip("\n"))


def _end(group: int) -> None:
    """End a group, and give it time to clean up."""
    for number, patience in ((signal.SIGTERM, _PATIENCE_SECONDS), (signal.SIGKILL, 1.0)):
        with suppress(ProcessLookupError):
            os.killpg(group, number)
            deadline = time.monotonic() + patience
            while time.monotonic() < deadline:
                with suppress(ChildProcessError):
                    os.waitpid(group, os.WNOHANG)
                os.killpg(group, 0)
                time.sleep(_POLL_SECONDS)
            continue
        return
