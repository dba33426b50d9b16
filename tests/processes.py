"""The program as a process of its own, and what it leaves: temporary files and processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import psutil

from tests.rendering import ROOT

TIMEOUT_SECONDS = 120


class Ended(NamedTuple):
    """How a process ended, and what it left behind: temporary files, and processes."""

    code: int
    out: str
    err: str
    left: list[str]


def command(*arguments: str, code: str = "") -> list[str]:
    """Python with main.py, or with a piece of code, and arguments."""
    return [sys.executable, "-O", *(["-c", code] if code else ["main.py"]), *arguments]


def environment(temporary: Path, **changed: str) -> dict[str, str]:
    """The variables of a process whose temporary files are in a folder of their own."""
    temporary.mkdir(exist_ok=True)
    return {**os.environ, **changed, "TMPDIR": str(temporary)}


def run(
    folder: Path, *arguments: str, code: str = "", program: Sequence[str] = (), cwd: str | Path = ROOT, **changed: str
) -> Ended:
    """Run a process whose temporary files are in `folder`."""
    temporary = folder / "temporary"
    done = subprocess.run(
        [*(program or command(*arguments, code=code))],
        cwd=cwd,
        env=environment(temporary, **changed),
        capture_output=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
    )
    return Ended(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"), left_in(temporary))


def left_in(temporary: Path) -> list[str]:
    """The files in a folder of temporary files, and the processes that have it or a folder below as theirs."""
    left = [entry.name for entry in temporary.iterdir()]
    for process in psutil.process_iter():
        try:
            if process.environ().get("TMPDIR", "").startswith(str(temporary)):
                left.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return left
