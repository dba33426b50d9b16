"""A node leaves nothing behind, however its owner ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.machine import missing
from tests.cluster.node import Node
from tests.cluster.remains import left
from tests.cluster.waiting import wait_for

NAME = "castiel-fleeting"
_OWNER = f"""
import signal
from tests.cluster.node import Node
signal.signal(signal.SIGINT, signal.default_int_handler)  # a run in the background of a shell has it ignored
with Node({NAME!r}):
    print("up", flush=True)
    signal.pause()
"""
_RUN = """
def test_that_meets_the_signal():
    raise SystemExit(143)

def test_that_comes_after():
    open("after", "w")
"""
pytestmark = pytest.mark.usefixtures("node")  # the machine can do it, and one node does not disturb another


@pytest.fixture
def owner() -> Iterator[subprocess.Popen[str]]:
    """A process that has a node up."""
    root = Path(__file__).resolve().parents[2]
    process = subprocess.Popen([sys.executable, "-c", _OWNER], cwd=root, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        yield process
    finally:
        process.kill()
        process.wait()
        Node(NAME).clean_up()


def _left() -> list[str]:
    node = Node(NAME)
    return left(name=NAME, folder=node.folder, namespaces=[node.namespace, node.outside])


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGINT, -signal.SIGINT)])
def test_nothing_is_left_after_a_signal(owner: subprocess.Popen[str], number: signal.Signals, code: int) -> None:
    """SIGTERM and Ctrl-C end the node in order."""
    assert {line.split()[0] for line in _left()} == {"process", "mount", "namespace", "cgroup", "folder", "network"}
    assert Node.owner(NAME) == owner.pid
    owner.send_signal(number)
    assert owner.wait(timeout=30) == code
    assert _left() == []


def test_sigterm_ends_a_run_of_tests_with_the_test_that_it_meets(tmp_path: Path) -> None:
    """The node makes SystemExit of it, which pytest alone takes for a failure of that test."""
    (tmp_path / "test_two.py").write_text(_RUN)
    root = Path(__file__).resolve().parents[2]
    plugin = ("-p", "tests.cluster.conftest")
    command = [sys.executable, "-m", "pytest", *plugin, "-c", "/dev/null", f"--rootdir={tmp_path}", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTEST_ADDOPTS": ""}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == pytest.ExitCode.INTERRUPTED, done.stdout + done.stderr
    assert "Interrupted: ended by SIGTERM" in done.stdout
    assert not (tmp_path / "after").exists()


def test_what_a_killed_run_left_is_cleaned_up(owner: subprocess.Popen[str]) -> None:
    """SIGKILL leaves the node running without an owner; the next of its name ends it."""
    with pytest.raises(RuntimeError, match=f"in use, by process {owner.pid}"):
        Node(NAME).clean_up()
    owner.kill()
    wait_for("the owner to be gone", lambda: Node.owner(NAME) is None, timeout=10)
    assert any(line.startswith("process") for line in _left())
    Node(NAME).clean_up()
    assert _left() == []


def test_a_machine_that_can_lacks_nothing() -> None:
    """What ``missing`` says is what decides whether these tests run."""
    assert missing() == []
