"""The Node process: it starts early, is given what it needs, and never outlives the program."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from jsii._embedded import jsii as embedded

from tests.processes import run
from tests.shop import CATALOGUE
from tierwright.node import prepare, starting
from tierwright.node.early import runtime


def test_it_ends_with_the_program_and_leaves_nothing(tmp_path: Path) -> None:
    assert run(tmp_path, "--out", str(tmp_path / "out")) == (0, "", "", [])


def test_it_ends_with_the_program_when_the_configuration_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "catalogue.yaml").write_text(CATALOGUE.replace("tier: back", "tier: bakc"))
    done = run(tmp_path, "--catalogue", str(tmp_path / "catalogue.yaml"), "--out", str(tmp_path / "out"))
    assert done.code == 2
    assert done.err.startswith(f"{tmp_path}/catalogue.yaml:14: ")
    assert done.err.count("\n") == 1
    assert done.left == []
    assert not (tmp_path / "out").exists()


def test_an_exception_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    code = "import sys, main, tierwright.pipeline as pipeline; pipeline.described = None; sys.argv[0] = 'main.py'; main.main()"
    done = run(tmp_path, "--out", str(tmp_path / "out"), code=code)
    assert done.code == 1
    assert done.err.endswith("TypeError: 'NoneType' object is not callable\n")
    assert done.left == []


def test_a_check_does_without_it(tmp_path: Path) -> None:
    done = run(tmp_path, "--check", JSII_NODE="/does/not/exist")
    assert (done.code, done.err, done.left) == (0, "", [])


def test_jsii_talks_to_the_node_that_was_started_early(tmp_path: Path) -> None:
    code = (
        "from tierwright.node import prepare; from tierwright.node.early import EarlyNode; prepare(); early = EarlyNode()\n"
        "early.give_to_jsii()\n"
        "import tierwright.cdk, jsii\n"
        "print(jsii.kernel.provider._process._process.pid == early.process.pid, jsii.stats().object_count)"
    )
    done = run(tmp_path, code=code)
    assert (done.out, done.err, done.left) == ("True 0\n", "", [])


def test_what_starts_early_is_what_jsii_would_start(tmp_path: Path) -> None:
    package = Path(embedded.__file__).parent
    assert runtime(tmp_path) == str(tmp_path / embedded.EMBEDDED_FILES[embedded.ENTRYPOINT])
    for name, file in embedded.EMBEDDED_FILES.items():
        if file.endswith(".js"):
            assert (tmp_path / file).read_bytes() == (package / name).read_bytes()


def test_options_for_node_stay_beside_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODE_OPTIONS", "--trace-warnings")
    prepare()
    prepare()
    assert os.environ["NODE_OPTIONS"].startswith("--trace-warnings --require ")
    assert os.environ["NODE_OPTIONS"].count("--require") == 1
    shown = subprocess.run(
        [os.environ["JSII_NODE"], "-p", "util.inspect({type: {primitive: 'any'}})"], capture_output=True, text=True, check=True
    )
    assert shown.stdout == "[Object]\n"


def test_what_fails_in_the_thread_is_left_to_the_caller_who_meets_it_again() -> None:
    interval, beside = sys.getswitchinterval(), []

    def fail() -> None:
        beside.append(threading.current_thread())
        raise ImportError

    with starting(fail):
        beside.append(threading.current_thread())
    assert len(set(beside)) == 2
    assert sys.getswitchinterval() == interval
