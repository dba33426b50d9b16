"""What is written takes the place of all that was in the folder."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.output_folder.folders import FILES, MARKED, NEW, NEW_MARKED, REMEDY, contents, names, refusal, replace
from tierwright.outputs.folder import replaced
from tierwright.outputs.provenance import write_files


@pytest.mark.usefixtures("way")
def test_what_is_written_takes_the_place_of_all_that_was_there(out: Path) -> None:
    with replaced(out) as folder:
        assert names(folder) == []
        assert contents(out) == MARKED
        write_files(NEW, folder)
    assert contents(out) == NEW_MARKED
    assert names(out / "helm" / "shop") == ["values.yaml"]
    assert names(out.parent) == ["out"]


def test_a_folder_that_is_not_there_is_made_with_those_above_it(tmp_path: Path) -> None:
    replace(tmp_path / "a" / "b")
    assert names(tmp_path) == ["a"]
    assert names(tmp_path / "a") == ["b"]
    assert contents(tmp_path / "a" / "b") == NEW_MARKED


def test_after_an_exception_the_folders_above_are_not_made_either(tmp_path: Path) -> None:
    def fail() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        replace(tmp_path / "a" / "b", meanwhile=fail)
    assert names(tmp_path) == []


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    replace(tmp_path / "out")
    assert contents(tmp_path / "out") == NEW_MARKED


def test_the_new_folder_can_be_read_by_whom_the_umask_lets(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        replace(tmp_path / "out")
    finally:
        os.umask(before)
    assert (tmp_path / "out").stat().st_mode & 0o7777 == 0o755


def test_nobody_reads_a_new_folder_who_may_not_read_the_old_one(out: Path) -> None:
    """They change places before anything else can be done to it."""
    out.chmod(0o700)
    with replaced(out) as folder:
        assert folder.stat().st_mode & 0o7777 == 0o700
        write_files(NEW, folder)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("mode", [0o700, 0o2775, 0o1777, 0o555])
def test_the_folder_keeps_its_mode(out: Path, mode: int) -> None:
    if mode == 0o555 and os.geteuid():
        pytest.skip("a folder that its owner may not write cannot be replaced, except by root")
    out.chmod(mode)
    replace(out)
    assert out.stat().st_mode & 0o7777 == mode
    assert contents(out) == NEW_MARKED


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_the_folder_keeps_its_owner(out: Path) -> None:
    os.chown(out, 1234, 5678)
    replace(out)
    assert (out.stat().st_uid, out.stat().st_gid) == (1234, 5678)


def test_a_relative_folder_is_meant_from_where_the_program_was_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    replace(Path("out"), meanwhile=lambda: monkeypatch.chdir(tmp_path / "elsewhere"))
    assert contents(tmp_path / "out") == NEW_MARKED


@pytest.mark.parametrize("path", ["out/../out", "./out/.", "out/helm/../../out", "link/out", "out//"])
def test_the_way_to_the_folder_may_have_dots_and_links(out: Path, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(out.parent)
    Path("link").symlink_to(out.parent)
    replace(Path(path))
    assert contents(out) == NEW_MARKED
    assert names(out.parent) == ["link", "out"]


@pytest.mark.parametrize(
    ("inside", "path"), [(".", "."), (".", "../out"), (".", ""), ("helm/shop", "../.."), ("helm", "../../out"), ("helm", "..")]
)
def test_from_inside_the_folder_it_is_replaced_and_stays_the_working_folder(
    out: Path, inside: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(out / inside)
    before = out.stat().st_ino
    replace(Path(path))
    assert contents(out) == NEW_MARKED
    assert out.stat().st_ino == before
    assert Path.cwd() == out / inside
    assert names(out.parent) == ["out"]


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, SystemExit])
def test_after_an_exception_all_is_as_it_was(out: Path, kind: type[BaseException]) -> None:
    def fail() -> None:
        raise kind

    with pytest.raises(kind):
        replace(out, meanwhile=fail)
    assert contents(out) == MARKED
    assert names(out.parent) == ["out"]


@pytest.mark.usefixtures("way")
def test_there_is_no_moment_without_the_folder_and_none_with_half_a_file(out: Path) -> None:
    over, missed, looks = threading.Event(), [], [0]

    def watch() -> None:
        while not over.is_set():
            looks[0] += 1
            try:
                text = (out / "00-namespace.yaml").read_text()
            except OSError as error:
                missed.append(str(error))
            else:
                if text not in {MARKED["00-namespace.yaml"], NEW_MARKED["00-namespace.yaml"]}:
                    missed.append(text)

    watcher = threading.Thread(target=watch)
    watcher.start()
    for _ in range(20):
        replace(out)
        replace(out, FILES)
    over.set()
    watcher.join()
    assert looks[0] > 20
    assert missed == []


@pytest.mark.parametrize("path", ["/", "//", "/..", "/usr/.."])
def test_the_root_of_the_file_system_is_no_output_folder(path: str) -> None:
    assert refusal(Path(path)) == f"/ is the root of the file system; {REMEDY}"


@pytest.mark.parametrize("target", ["out", "nowhere"])
def test_a_link_is_left_alone(out: Path, target: str) -> None:
    link = out.parent / "link"
    link.symlink_to(target)
    assert refusal(link) == f"{link} is a link; {REMEDY}"
    assert contents(out) == MARKED
    assert link.is_symlink()


def test_a_file_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "out"
    file.write_text("mine")
    assert refusal(file) == f"{file} is no folder; {REMEDY}"
    assert file.read_text() == "mine"


@pytest.mark.parametrize("below", ["out", "out/deeper"])
def test_where_nothing_can_be_made_the_reason_is_told(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / below
    assert refusal(folder) == f"{folder} cannot be made below a file; choose another folder for the output"


def test_a_name_that_no_file_system_takes_is_told(tmp_path: Path) -> None:
    assert "cannot be written: File name too long" in refusal(tmp_path / ("x" * 300))


def test_a_long_name_is_taken(tmp_path: Path) -> None:
    replace(tmp_path / ("x" * 255))
    assert contents(tmp_path / ("x" * 255)) == NEW_MARKED


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Path]:
    """A folder in which nothing can be made."""
    tmp_path.chmod(0o500)
    yield tmp_path
    tmp_path.chmod(0o700)


@pytest.mark.skipif(os.geteuid() == 0, reason="no folder is locked for root")
def test_a_folder_that_may_not_be_written_is_named(locked: Path) -> None:
    assert "cannot be written: Permission denied" in refusal(locked / "out")
