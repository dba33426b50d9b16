"""The output folder: whole or not at all, and nobody else's files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from castiel.output.folder import OutputError, replaced

FILES = {"00-namespace.yaml": "kind: Namespace\n", "02-data.yaml": "kind: Service\n"}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An output folder as an earlier run left it."""
    out = tmp_path / "out"
    out.mkdir()
    for name, text in FILES.items():
        (out / name).write_text(text)
    return out


def contents(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in folder.iterdir()}


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_what_is_written_takes_the_place_of_all_that_was_there(out: Path) -> None:
    with replaced(out) as folder:
        assert names(folder) == []
        assert contents(out) == FILES
        (folder / "00-namespace.yaml").write_text("kind: Other\n")
    assert contents(out) == {"00-namespace.yaml": "kind: Other\n"}
    assert names(out.parent) == ["out"]


def test_a_folder_that_is_not_there_is_made_with_those_above_it(tmp_path: Path) -> None:
    with replaced(tmp_path / "a" / "b") as folder:
        (folder / "00-namespace.yaml").touch()
    assert names(tmp_path / "a") == ["b"]
    assert names(tmp_path / "a" / "b") == ["00-namespace.yaml"]


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    with replaced(tmp_path / "out") as folder:
        (folder / "00-namespace.yaml").touch()
    assert names(tmp_path / "out") == ["00-namespace.yaml"]


def test_the_new_folder_can_be_read_by_whom_the_umask_lets(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        with replaced(tmp_path / "out"):
            pass
    finally:
        os.umask(before)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o755


def test_a_relative_folder_is_meant_from_where_the_program_was_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    with replaced(Path("out")) as folder:
        (folder / "00-namespace.yaml").touch()
        monkeypatch.chdir(tmp_path / "elsewhere")
    assert names(tmp_path / "out") == ["00-namespace.yaml"]


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, SystemExit])
def test_after_an_exception_all_is_as_it_was(out: Path, kind: type[BaseException]) -> None:
    def fail() -> None:
        with replaced(out) as folder:
            (folder / "00-namespace.yaml").write_text("half")
            raise kind

    with pytest.raises(kind):
        fail()
    assert contents(out) == FILES
    assert names(out.parent) == ["out"]


@pytest.mark.parametrize("foreign", ["README.md", "notes.yaml", ".git", "1-short.yaml", "00-Namespace.yaml", "00-namespace.yaml~"])
def test_what_was_not_made_here_is_never_removed(out: Path, foreign: str) -> None:
    (out / foreign).write_text("mine")
    with pytest.raises(OutputError) as refused, replaced(out):
        pass
    assert str(refused.value) == f"{out} holds {foreign}, which was not made here; choose a folder of its own for the output"
    assert contents(out) == {**FILES, foreign: "mine"}


def test_a_folder_named_like_an_output_file_is_not_ours(out: Path) -> None:
    (out / "03-mine.yaml").mkdir()
    with pytest.raises(OutputError, match=r"holds 03-mine\.yaml, which was not made here"), replaced(out):
        pass
    assert (out / "03-mine.yaml").is_dir()


def test_the_working_folder_is_never_swept_away(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(out.parent)
    with pytest.raises(OutputError, match="holds out, which was not made here"), replaced(Path()):
        pass
    assert contents(out) == FILES


@pytest.mark.parametrize("target", ["out", "nowhere"])
def test_a_link_is_left_alone(out: Path, target: str) -> None:
    link = out.parent / "link"
    link.symlink_to(target)
    with pytest.raises(OutputError) as refused, replaced(link):
        pass
    assert str(refused.value) == f"{link} is a link; choose a folder of its own for the output"
    assert contents(out) == FILES
    assert link.is_symlink()


def test_a_file_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "out"
    file.write_text("mine")
    with pytest.raises(OutputError) as refused, replaced(file):
        pass
    assert str(refused.value) == f"{file} is no folder; choose a folder of its own for the output"
    assert file.read_text() == "mine"


@pytest.mark.parametrize("below", ["out", "out/deeper"])
def test_where_nothing_can_be_made_the_reason_is_told(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / below
    with pytest.raises(OutputError) as refused, replaced(folder):
        pass
    assert str(refused.value) == f"{folder} cannot be made below a file; choose another folder for the output"


def test_when_the_swap_fails_the_old_folder_comes_back(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.rename

    def refuse_the_new(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise PermissionError(1, "Operation not permitted")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse_the_new)
    with pytest.raises(OutputError) as refused, replaced(out) as folder:
        (folder / "00-namespace.yaml").write_text("new")
    assert str(refused.value) == f"{out} cannot be replaced: Operation not permitted; choose another folder for the output"
    assert contents(out) == FILES
    assert names(out.parent) == ["out"]


def test_an_interruption_in_the_middle_of_the_swap_brings_the_old_folder_back(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.rename

    def interrupt_the_new(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise KeyboardInterrupt
        return rename(self, target)

    def swap() -> None:
        with replaced(out) as folder:
            (folder / "00-namespace.yaml").write_text("new")

    monkeypatch.setattr(Path, "rename", interrupt_the_new)
    with pytest.raises(KeyboardInterrupt):
        swap()
    assert contents(out) == FILES


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_process_that_is_ended_in_the_middle_leaves_the_output_as_it_was(out: Path, end: signal.Signals) -> None:
    program = f"""
import os, pathlib, signal
from castiel.output.folder import replaced
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets what it starts in the background ignore it
with replaced(pathlib.Path({str(out)!r})) as folder:
    (folder / "00-namespace.yaml").write_text("half")
    os.kill(os.getpid(), {int(end)})
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == -end
    assert contents(out) == FILES
    with replaced(out) as folder:
        (folder / "00-namespace.yaml").write_text("whole")
    assert contents(out) == {"00-namespace.yaml": "whole"}


def test_a_name_that_no_file_system_takes_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written: File name too long"), replaced(tmp_path / ("x" * 300)):
        pass


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Path]:
    """A folder in which nothing can be made."""
    tmp_path.chmod(0o500)
    yield tmp_path
    tmp_path.chmod(0o700)


@pytest.mark.skipif(os.geteuid() == 0, reason="no folder is locked for root")
def test_a_folder_that_may_not_be_written_is_named(locked: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written: Permission denied"), replaced(locked / "out"):
        pass
