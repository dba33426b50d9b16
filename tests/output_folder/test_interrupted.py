"""Runs that fail, are ended or come at once: the folder is whole, and nothing is left beside it."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import tierwright.outputs.folder
from tests.output_folder.folders import FILES, MARKED, NEW, NEW_MARKED, cannot_exchange, contents, names, replace
from tierwright.outputs.folder import OutputError, replaced
from tierwright.outputs.provenance import marked, write_files
from tierwright.process.aside import is_aside


@pytest.mark.parametrize("failing", [1, 2, 3])
def test_when_a_file_cannot_be_moved_in_all_is_as_it_was(out: Path, failing: int, monkeypatch: pytest.MonkeyPatch) -> None:
    move, calls = os.replace, []

    def fail(source: Path, target: Path) -> None:
        calls.append(target)
        if len(calls) == failing:
            raise OSError(errno.ENOSPC, "No space left on device")
        move(source, target)

    monkeypatch.setattr(tierwright.outputs.folder, "exchange", cannot_exchange)
    monkeypatch.setattr(os, "replace", fail)
    files = {**NEW, "02-data.yaml": "kind: Third\n"}
    with pytest.raises(OutputError) as refused:
        replace(out, files)
    assert str(refused.value) == f"{out} cannot be replaced: No space left on device; choose another folder for the output"
    assert contents(out) == MARKED
    assert names(out.parent) == ["out"]


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_process_that_is_ended_in_the_middle_leaves_the_output_as_it_was(out: Path, end: signal.Signals) -> None:
    program = f"""
import os, pathlib, signal
from tierwright.outputs.exchange import exchange
from tierwright.outputs.folder import replaced
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets what it starts in the background ignore it
with replaced(pathlib.Path({str(out)!r})) as folder:
    (folder / "00-namespace.yaml").write_text("half")
    os.kill(os.getpid(), {int(end)})
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == -end
    assert contents(out) == MARKED
    replace(out)
    assert contents(out) == NEW_MARKED
    assert names(out.parent) == ["out"]


KILLED = """
import os, pathlib, signal, sys
import tierwright.outputs.folder as module
from tierwright.outputs.provenance import write_files

def kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def exchange_and_kill(one, other, exchange=module.exchange):
    exchange(one, other)
    kill()

setattr(module, sys.argv[2], {"exchange": exchange_and_kill}.get(sys.argv[2], kill))
with module.replaced(pathlib.Path(sys.argv[1])) as folder:
    write_files({"00-namespace.yaml": "kind: Killed"}, folder)
"""


@pytest.mark.parametrize("at", ["write_files", "_exchanged", "exchange", "_remove_made"])
def test_what_a_killed_run_left_is_cleared_by_the_next(out: Path, at: str) -> None:
    program = KILLED.replace("    write_files", "    kill()\n    write_files") if at == "write_files" else KILLED
    killed = subprocess.run([sys.executable, "-c", program, str(out), at], check=False)
    assert killed.returncode == -signal.SIGKILL
    (left,) = (name for name in names(out.parent) if name != "out")
    assert is_aside(left)
    assert contents(out) in (MARKED, {"00-namespace.yaml": marked("00-namespace.yaml", "kind: Killed")})
    replace(out)
    assert contents(out) == NEW_MARKED
    assert names(out.parent) == ["out"]


def test_what_it_swapped_out_is_looked_through_before_it_goes(out: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(out), "exchange"], check=False)
    (left,) = (entry for entry in out.parent.iterdir() if entry.name != "out")
    (left / "swapped" / "mine.yaml").write_text("mine")
    replace(out)
    assert contents(left) == {"swapped/mine.yaml": "mine"}
    assert contents(out) == NEW_MARKED


def test_what_a_live_run_has_aside_stays(out: Path) -> None:
    with replaced(out) as folder:
        write_files(FILES, folder)
        replace(out, {"00-namespace.yaml": "kind: Quicker\n"})
        assert contents(folder) == MARKED
    assert contents(out) == MARKED
    assert names(out.parent) == ["out"]


@pytest.mark.parametrize("name", [".tierwright-backup", ".out-abcdefgh", ".tierwright-0123456789ABCDEF"])
def test_what_only_looks_like_it_stays(out: Path, name: str) -> None:
    (out.parent / name).mkdir()
    (out.parent / name / "mine").write_text("mine")
    replace(out)
    assert names(out.parent) == [name, "out"]


@pytest.mark.parametrize("there", [True, False])
def test_of_many_runs_at_once_one_is_the_last(out: Path, way: str, *, there: bool) -> None:
    target = out if there else out.parent / "a" / "b"
    program = """
import pathlib, sys
import tierwright.outputs.folder as module
from tierwright.outputs.provenance import write_files
target, way, number = pathlib.Path(sys.argv[1]), *sys.argv[2:]
if way == "moved in":
    module._exchanged = lambda *_: False
for _ in range(10):
    with module.replaced(target) as folder:
        write_files({f"{one:02}-a.yaml": number for one in range(20)} | {f"90-{number}.yaml": number}, folder)
"""
    command = [sys.executable, "-c", program, str(target), way]
    running = [subprocess.Popen([*command, str(one)], stderr=subprocess.PIPE) for one in range(4)]
    assert [(process.communicate()[1], process.returncode) for process in running] == [(b"", 0)] * 4
    last = {text.splitlines()[-1] for text in contents(target).values()}
    assert len(last) == 1
    assert len(contents(target)) == 21
    assert names(out.parent) == (["out"] if there else ["a", "out"])
