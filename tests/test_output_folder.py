"""The output folder: whole or not at all, and nobody else's files."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

import tierwright.outputs.folder
from tierwright.outputs.exchange import exchange
from tierwright.outputs.folder import OutputError, replaced
from tierwright.outputs.provenance import marked, write_files
from tierwright.process.aside import is_aside

FILES = {"00-namespace.yaml": "kind: Namespace\n", "02-data.yaml": "kind: Service\n", "helm/shop/templates/web.yaml": "kind: Pod\n"}
MARKED = {path: marked(path, text) for path, text in FILES.items()}
NEW = {"00-namespace.yaml": "kind: Other\n", "helm/shop/values.yaml": "a: 1\n"}
NEW_MARKED = {path: marked(path, text) for path, text in NEW.items()}
REMEDY = "choose a folder of its own for the output"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An output folder as an earlier run left it."""
    write_files(FILES, tmp_path / "out")
    return tmp_path / "out"


def contents(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*") if file.is_file()}


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def replace(out: Path, files: Mapping[str, str] = NEW, *, meanwhile: Callable[[], object] = lambda: None) -> None:
    with replaced(out) as folder:
        write_files(files, folder)
        meanwhile()


def refusal(out: Path, *, meanwhile: Callable[[], object] = lambda: None) -> str:
    with pytest.raises(OutputError) as refused:
        replace(out, meanwhile=meanwhile)
    return str(refused.value)


@pytest.fixture(params=["exchanged", "moved in"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways in which a folder is replaced: whole, and, where the file system has no exchange, file by file."""
    if request.param == "moved in":
        monkeypatch.setattr(tierwright.outputs.folder, "exchange", cannot_exchange)
    return str(request.param)


def cannot_exchange(_one: Path, _other: Path) -> None:
    raise OSError(errno.EINVAL, "Invalid argument")


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


FOREIGN = [
    "README.md",
    "notes.yaml",
    ".git",
    "1-short.yaml",
    "01-database.yaml",
    "00-namespace.yaml~",
    "helm/mine",
    "helm/shop/templates/a.yaml",
]


@pytest.mark.parametrize("foreign", FOREIGN)
def test_what_was_not_made_here_is_never_removed(out: Path, foreign: str) -> None:
    (out / foreign).write_text("mine")
    assert refusal(out) == f"{out} holds {foreign}, which was not made here; {REMEDY}"
    assert contents(out) == {**MARKED, foreign: "mine"}
    assert names(out.parent) == ["out"]


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("foreign", FOREIGN)
def test_nor_what_somebody_adds_meanwhile(out: Path, foreign: str) -> None:
    said = refusal(out, meanwhile=lambda: (out / foreign).write_text("mine"))
    assert said == f"{out} holds {foreign}, which was not made here; {REMEDY}"
    assert contents(out) == {**MARKED, foreign: "mine"}
    assert names(out.parent) == ["out"]


def test_nor_what_comes_at_the_very_moment_of_the_exchange(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Path] = []

    def late(one: Path, other: Path) -> None:
        if not calls:
            (out / "mine.yaml").write_text("mine")
        calls.append(one)
        exchange(one, other)

    monkeypatch.setattr(tierwright.outputs.folder, "exchange", late)
    assert refusal(out) == f"{out} holds mine.yaml, which was not made here; {REMEDY}"
    assert contents(out) == {**MARKED, "mine.yaml": "mine"}
    assert names(out.parent) == ["out"]


@pytest.mark.parametrize("foreign", ["helm", "helm/mine", "docs"])
def test_a_folder_of_somebody_elses_is_named_as_one(tmp_path: Path, foreign: str) -> None:
    out = tmp_path / "out"
    write_files({"00-namespace.yaml": "", **({"helm/shop/values.yaml": ""} if "/" in foreign else {})}, out)
    (out / foreign / ".git").mkdir(parents=True)
    (out / foreign / ".git" / "HEAD").write_text("ref")
    (out / foreign / "Chart.yaml").write_text("name: mine")
    assert refusal(out) == f"{out} holds {foreign}, which was not made here; {REMEDY}"
    assert (out / foreign / ".git" / "HEAD").exists()


def test_an_empty_folder_of_somebody_elses_stays_too(out: Path) -> None:
    (out / "03-mine.yaml").mkdir()
    assert refusal(out) == f"{out} holds 03-mine.yaml, which was not made here; {REMEDY}"
    assert (out / "03-mine.yaml").is_dir()


@pytest.mark.parametrize("make", [Path.symlink_to, lambda path, _: os.mkfifo(path)], ids=["link", "pipe"])
def test_what_is_no_file_is_not_looked_into(out: Path, make: Callable[[Path, Path], None]) -> None:
    file = out / "00-namespace.yaml"
    file.rename(out.parent / "elsewhere")
    make(file, out.parent / "elsewhere")
    assert refusal(out) == f"{out} holds 00-namespace.yaml, which was not made here; {REMEDY}"


def test_a_file_that_was_changed_is_made_again_as_its_first_line_says(out: Path) -> None:
    with (out / "02-data.yaml").open("a") as file:
        file.write("# a change")
    replace(out)
    assert contents(out) == NEW_MARKED


@pytest.mark.parametrize("change", [lambda text: text.partition("\n")[2], lambda text: text.replace("02-data", "03-more", 1)])
def test_a_file_whose_first_line_was_taken_away_or_is_another_files_stays(out: Path, change: Callable[[str], str]) -> None:
    file = out / "02-data.yaml"
    file.write_text(change(file.read_text()))
    assert refusal(out) == f"{out} holds 02-data.yaml, which was not made here; {REMEDY}"


def test_a_copy_under_another_name_stays(out: Path) -> None:
    (out / "08-mine.yaml").write_text(MARKED["02-data.yaml"])
    assert refusal(out) == f"{out} holds 08-mine.yaml, which was not made here; {REMEDY}"


def test_line_ends_of_windows_do_not_matter(out: Path) -> None:
    for path, text in MARKED.items():
        (out / path).write_bytes(text.replace("\n", "\r\n").encode())
    replace(out)
    assert contents(out) == NEW_MARKED


def test_many_foreign_files_are_counted(out: Path) -> None:
    for number in range(8):
        (out / f"{number}.txt").touch()
    named = "0.txt, 1.txt, 2.txt, 3.txt, 4.txt and 3 more"
    assert refusal(out) == f"{out} holds {named}, which were not made here; {REMEDY}"


def test_an_output_of_a_version_without_marks_is_told_as_such(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "helm" / "shop").mkdir(parents=True)
    (out / "helm" / "shop" / "values.yaml").touch()
    (out / "00-namespace.yaml").write_text("kind: Namespace\nmetadata:\n  labels:\n    app.kubernetes.io/managed-by: cdk8s\n")
    assert refusal(out) == (
        f"{out} holds 00-namespace.yaml, helm, which were not made here; {REMEDY}; "
        f"if an earlier version made it, which did not mark its files, remove {out} first"
    )
    assert names(out) == ["00-namespace.yaml", "helm"]


def test_the_working_folder_is_never_swept_away(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(out.parent)
    for path in ("", ".", "./", "out/.."):
        assert refusal(Path(path)) == f"{out.parent} holds out, which was not made here; {REMEDY}"
    assert contents(out) == MARKED


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
