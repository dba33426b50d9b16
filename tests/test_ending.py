"""SIGINT, SIGTERM and SIGHUP end a run with one line, whatever it is doing, and leave nothing."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from scripts.synth import CLI
from tests.output_folder.folders import contents
from tests.processes import TIMEOUT_SECONDS, command, environment, left_in, run
from tests.rendering import ROOT

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]

HOOKED = """
import importlib, os, runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets what it starts in the background ignore it
signal.signal(signal.SIGHUP, signal.SIG_DFL)
number, module, name, *sys.argv[1:] = sys.argv[1:]
sys.argv[0] = "main.py"
sys.path.insert(0, os.getcwd())
owner = importlib.import_module(module)
*path, name = name.split(".")
for one in path:
    owner = getattr(owner, one)
original = getattr(owner, name)

def hooked(*arguments, **named):
    os.kill(os.getpid(), int(number))
    result = original(*arguments, **named)
    os.kill(os.getpid(), int(number))
    return result

setattr(owner, name, hooked)
runpy.run_path("main.py", run_name="__main__")
"""
"""main.py, which sends itself a signal before and after a function."""

PHASES = [
    ("subprocess", "Popen"),
    ("tierwright.node.early", "EarlyNode.give_to_jsii"),
    ("tierwright.model.loading", "examined"),
    ("tierwright.pipeline", "describe"),
    ("tierwright.outputs.folder", "contents"),
    ("tierwright.outputs.folder", "exchange"),
    ("tierwright.outputs.folder", "_remove_made"),
    ("tierwright.outputs.provenance", "write_files"),
    ("tierwright.process.aside", "_made"),
    ("tierwright.process.aside", "clear"),
]


BOOKSHOP = ("--catalogue", "examples/bookshop/catalogue.yaml")


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """An output as an earlier run leaves it, and what the next one makes."""
    folder = tmp_path_factory.mktemp("outputs")
    assert run(folder, "--out", str(folder / "old"), *BOOKSHOP).code == 0
    assert run(folder, "--out", str(folder / "new")).code == 0
    return [folder / "old", folder / "new"]


@pytest.fixture
def out(tmp_path: Path, outputs: list[Path]) -> Iterator[Path]:
    """An output of an earlier run. After the test it is whole, as it was or as it is made now, and nothing is beside it."""
    shutil.copytree(outputs[0], tmp_path / "out")
    yield tmp_path / "out"
    assert contents(tmp_path / "out") in [contents(one) for one in outputs]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["out", "temporary"]


@pytest.mark.parametrize(("module", "name"), PHASES)
def test_a_signal_ends_it_in_every_phase(tmp_path: Path, out: Path, module: str, name: str) -> None:
    done = run(tmp_path, str(int(signal.SIGTERM)), module, name, "--out", str(out), code=HOOKED)
    assert done == (143, "", "stopped by SIGTERM\n", [])


@pytest.mark.parametrize("number", SIGNALS)
def test_each_signal_gives_its_code(tmp_path: Path, out: Path, number: signal.Signals) -> None:
    done = run(tmp_path, str(int(number)), "tierwright.model.loading", "examined", "--out", str(out), code=HOOKED)
    assert done == (128 + number, "", f"stopped by {number.name}\n", [])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_that_the_caller_ignores_is_ignored(tmp_path: Path, out: Path, number: signal.Signals) -> None:
    code = HOOKED.replace("signal.default_int_handler", "signal.SIG_IGN").replace("signal.SIG_DFL", "signal.SIG_IGN")
    assert run(tmp_path, str(int(number)), "tierwright.model.loading", "examined", "--out", str(out), code=code) == (0, "", "", [])


def started(tmp_path: Path, *program: str) -> subprocess.Popen[bytes]:
    """A process that can be sent signals, also where a shell has them ignored for what it starts in the background."""
    default = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
    return subprocess.Popen(
        [sys.executable, "-c", default, *program],
        cwd=ROOT,
        env=environment(tmp_path / "temporary"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize("seconds", [0.15, 0.25, 0.35, 0.5, 0.7, 1.0])
def test_a_signal_ends_it_at_any_time(tmp_path: Path, out: Path, seconds: float) -> None:
    process = started(tmp_path, *command("--out", str(out)))
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    process.terminate()
    said, errors = process.communicate(timeout=TIMEOUT_SECONDS)
    # Before its first line Python ends by itself, and at the end it may have been too late.
    assert (process.returncode, errors) in [(143, b"stopped by SIGTERM\n"), (-15, b""), (0, b"")]
    assert said == b""
    assert left_in(tmp_path / "temporary") == []


def test_when_it_is_killed_its_node_ends_and_the_next_run_clears_the_rest(tmp_path: Path, out: Path) -> None:
    temporary = tmp_path / "temporary"
    killed = run(tmp_path, str(int(signal.SIGKILL)), "tierwright.outputs.folder", "exchange", "--out", str(out), code=HOOKED)
    assert killed.code == -signal.SIGKILL
    assert [entry.name for entry in temporary.iterdir()] != []
    assert run(tmp_path, "--out", str(out)).code == 0
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while (left := left_in(temporary)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left == []


SYNTH = [sys.executable, "-m", "scripts.synth"]


def has(folder: Path, pattern: str) -> bool:
    return any(True for _ in folder.glob(pattern))


@pytest.mark.parametrize(
    ("phase", "number"),
    [
        (".tierwright-*", signal.SIGINT),
        (".tierwright-*/made", signal.SIGTERM),
        (".tierwright-*/.tierwright-*/bin", signal.SIGINT),
        (".tierwright-*/made/.tierwright-*", signal.SIGHUP),
    ],
)
def test_the_command_line_of_cdk8s_ends_with_all_its_children(
    tmp_path: Path, out: Path, phase: str, number: signal.Signals
) -> None:
    if not CLI.exists():
        pytest.skip("the cdk8s CLI is not installed: run `make setup`")
    process = started(tmp_path, *SYNTH, str(out))
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not has(tmp_path / "temporary", phase) and time.monotonic() < deadline:
        if process.poll() is not None:  # a short phase was over between two looks: once more
            assert (process.returncode, process.communicate()[1]) == (0, b"")
            process = started(tmp_path, *SYNTH, str(out))
        time.sleep(0.005)
    process.send_signal(number)
    said, errors = process.communicate(timeout=TIMEOUT_SECONDS)
    assert (process.returncode, said, errors.decode()) == (128 + number, b"", f"stopped by {number.name}\n")
    assert left_in(tmp_path / "temporary") == []


LEAVING = """
import atexit, sys
from tierwright.process.beginning import begin
from tierwright.process.short import leave
begin()
class Kept:
    def __del__(self):
        print("taken apart")
kept = Kept()
atexit.register(print, "at the end")
print("done")
leave(int(sys.argv[1]))
"""


def test_a_run_that_is_over_does_what_is_left_to_do_and_takes_nothing_apart(tmp_path: Path) -> None:
    assert run(tmp_path, "0", code=LEAVING) == (0, "done\nat the end\n", "", [])
    assert run(tmp_path, "3", code=LEAVING) == (3, "done\nat the end\n", "", [])


def test_a_run_that_is_over_and_whose_last_words_nobody_takes_fails(tmp_path: Path) -> None:
    code = "from tierwright.process.beginning import begin; from tierwright.process.short import leave; begin(); print(1); leave(0)"
    full = ["sh", "-c", 'exec "$@" > /dev/full', "sh", *command(code=code)]
    done = run(tmp_path, program=full, PYTHONUNBUFFERED="")
    assert (done.code, done.left) == (120, [])
    assert done.err.endswith("OSError: [Errno 28] No space left on device\n")
