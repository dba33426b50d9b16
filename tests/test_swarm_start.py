"""What containers of a stack do before their programs: the functions that they share, on the shell and tools of this machine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tierwright.outputs.swarm.start_script import SCRIPT

TOOLS = (("bash", "timeout"), ("nc", "timeout"), ("python3",), ("node",), ("curl",), ("wget",), ("nc-without-z", "timeout"))

NC = """\
#!/bin/sh
# As those of busybox: one connects with -z and does nothing else, the other waits until the server says something.
{refuse}
for port; do host=$last last=$port; done
exec {bash} -c 'exec 3<> "/dev/tcp/$0/$1" && {then}' "$host" "$port"
"""
WITH_Z = {"refuse": "", "then": "true"}
WITHOUT_Z = {"refuse": "case $1 in -z) echo 'nc: invalid option -- z'; exit 1 ;; esac", "then": "read -r answer <&3"}


def image(folder: Path, tools: Sequence[str]) -> dict[str, str]:
    """The variables of a container whose image has these programs, and sleep."""
    for tool in ("sleep", *tools):
        program = os.path.realpath(sys.executable) if tool == "python3" else shutil.which(tool)
        file, text = folder / tool, f'#!/bin/sh\nexec {program} "$@"\n'
        if tool.startswith("nc"):  # which is not on every machine
            file = folder / "nc"
            text = NC.format(bash=shutil.which("bash"), **(WITH_Z if tool == "nc" else WITHOUT_Z))
        elif program is None:
            pytest.skip(f"{tool} is not on this machine")
        file.write_text(text)
        file.chmod(0o755)
    return {"PATH": str(folder)}


@contextmanager
def started(
    folder: Path, line: str, tools: Sequence[str] = ("bash", "timeout"), own: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """A shell that has the functions and variables of its own, and runs a line."""
    variables = {**(own or {}), **image(folder, tools)}
    (folder / "start.sh").write_text(SCRIPT)
    process = subprocess.Popen(
        [str(shutil.which("sh")), "-ec", f". {folder}/start.sh\n{line}\necho started"],
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def output(process: subprocess.Popen[str]) -> list[str]:
    return process.communicate(timeout=60)[0].splitlines()


def address_of(server: socket.socket) -> str:
    return f"127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("tools", TOOLS, ids=lambda tools: tools[0])
def test_whoever_takes_connections_is_ready_though_it_says_nothing(tools: Sequence[str], tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        address = address_of(server)
        with started(tmp_path, f"wait_for 0 {address}", tools) as process:
            ready, end = output(process)
            assert ready.startswith(f"{address} is ready after "), "at the first attempt"
            assert end == "started"


@pytest.mark.parametrize("tools", TOOLS, ids=lambda tools: tools[0])
def test_the_program_starts_when_what_it_waits_for_takes_connections(tools: Sequence[str], tmp_path: Path) -> None:
    with closing(socket.socket()) as server:
        server.bind(("127.0.0.1", 0))  # a port that nobody has, and nobody else gets
        address = address_of(server)
        with started(tmp_path, f"wait_for 0 {address}", tools) as process:
            assert process.stdout is not None
            assert process.stdout.readline().startswith(f"waiting for {address} since ")
            server.listen()
            *_, ready, end = output(process)
            assert ready.startswith(f"{address} is ready after ")
            assert end == "started"


@pytest.mark.parametrize("tools", TOOLS, ids=lambda tools: tools[0])
def test_the_variables_of_the_program_stay_as_they_are(tools: Sequence[str], tmp_path: Path) -> None:
    own = ("address", "begun", "folder", "now", "patience", "tell", "to_connect")
    printed = " ".join(f"${name}" for name in own)
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        line = f"wait_for 0 {address_of(server)}\nwait_for 1 127.0.0.1:1\nwait_to_write {tmp_path}\necho {printed}"
        with started(tmp_path, line, tools, {name: f"my-{name}" for name in own}) as process:
            *_, said, end = output(process)
            assert said.split() == [f"my-{name}" for name in own]
            assert end == "started"


def test_what_only_the_order_names_is_not_waited_for_longer_than_its_patience(tmp_path: Path) -> None:
    with closing(socket.socket()) as server:
        server.bind(("127.0.0.1", 0))
        address = address_of(server)
        with started(tmp_path, f"wait_for 1 {address} {address}") as process:
            warning = f"WARNING: going on without {address}, not ready after "
            said = output(process)
            assert [line.partition(warning)[1] for line in said[-3:]] == [warning, warning, ""]
            assert said[-1] == "started"


def test_a_name_that_there_is_not_is_not_ready(tmp_path: Path) -> None:
    with started(tmp_path, "wait_for 1 nobody.invalid:80") as process:
        assert "WARNING: going on without nobody.invalid:80" in output(process)[-2]


def test_an_image_without_any_tool_to_connect_with_says_so(tmp_path: Path) -> None:
    with started(tmp_path, "wait_for 0 postgres:5432 redis:6379", ()) as process:
        (said,) = output(process)
        tools = "bash, nc, python3, node, curl or GNU wget"
        assert said == f"this image has no {tools}, one of which would tell when these are ready: postgres:5432 redis:6379"
        assert process.returncode == 1


def test_a_program_waits_for_the_folders_that_it_is_to_write_to(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with started(tmp_path, f"wait_to_write {folder}") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"waiting for a folder to write to: {folder}\n"
        folder.mkdir()
        assert output(process)[-1] == "started"
