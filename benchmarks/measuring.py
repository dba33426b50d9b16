"""Whole processes under measure: wall time, and the memory of the process with its children."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import psutil

T = TypeVar("T")


def environment(**changed: str) -> dict[str, str]:
    """The variables of a process under measure.

    It may write bytecode, as programs that are installed have it: where PYTHONDONTWRITEBYTECODE is set, each run would compile the
    project again.
    """
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | changed


@dataclass(frozen=True)
class Measured:
    """One run: `seconds` of wall time, `peak` bytes of the process and its children together."""

    seconds: float
    peak: int


def measure(command: Sequence[str], **changed: str) -> Measured:
    """Run a command to its end, with changed variables. Raises CalledProcessError when it fails."""
    started = time.perf_counter()
    with subprocess.Popen(command, env=environment(**changed)) as process:
        peak = 0
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            peak = max(peak, _memory(watched))
            time.sleep(0.02)
        seconds = time.perf_counter() - started
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Measured(seconds, peak)


@dataclass(frozen=True)
class Timed:
    """One run: `seconds` of wall time, and `processor` seconds of it on any core."""

    seconds: float
    processor: float


def timed(command: Sequence[str]) -> Timed:
    """Run a short command to its end, without its output. Raises CalledProcessError when it fails."""
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Timed(seconds, usage.ru_utime + usage.ru_stime)


def _memory(process: psutil.Process) -> int:
    total = 0
    try:
        for one in (process, *process.children(recursive=True)):
            total += one.memory_info().rss
    except psutil.NoSuchProcess:
        pass
    return total


def interleaved(contestants: Mapping[str, Callable[[], T]], *, rounds: int) -> dict[str, list[T]]:
    """What the runs of each contestant give, one run of each in turn, after one round that does not count."""
    taken: dict[str, list[T]] = {name: [] for name in contestants}
    for number in range(rounds + 1):
        for name, run in contestants.items():
            result = run()
            if number:
                taken[name].append(result)
    return taken


def summary(seconds: Sequence[float]) -> str:
    """`median (least to most) s`."""
    return f"{statistics.median(seconds):.2f} ({min(seconds):.2f} to {max(seconds):.2f}) s"
