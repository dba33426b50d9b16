"""What surrounds a run may be broken: then it works all the same, or says so in one line. It never hangs, and leaves nothing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from scripts.synth import CLI
from tests.processes import Ended, command, run
from tests.rendering import ROOT

NODE = "Node, which cdk8s runs in,"
PYTHON = [sys.executable, "-O", str(ROOT / "main.py")]
NO_LOCALE = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

Mount = Callable[..., Path]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where the output goes."""
    return tmp_path / "out"


def is_made(out: Path) -> bool:
    """Whether the whole output is there, the same as always."""
    files = [str(file.relative_to(ROOT / "dist")) for file in (ROOT / "dist").rglob("*") if file.is_file()]
    return all((out / path).read_bytes() == (ROOT / "dist" / path).read_bytes() for path in files)


def is_refused(done: Ended, said: str) -> bool:
    """Whether a run ended with exit code 2 and one line, which says this, and left nothing."""
    return (done.code, done.out, done.left) == (2, "", []) and done.err.count("\n") == 1 and said in done.err


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Mount]:
    """Mounts a file system of a given size, or another folder."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root can mount file systems, on Linux")
    mounted: list[Path] = []

    def at(name: str, *, size: str = "", of: Path | None = None) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        given = ["--bind", str(of)] if of else ["-t", "tmpfs", "-o", f"size={size}", "tmpfs"]
        done = subprocess.run(["mount", *given, str(folder)], capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")
        mounted.append(folder)
        return folder

    yield at
    for folder in mounted:
        subprocess.run(["umount", str(folder)], check=True)


def unprivileged(*program: str) -> list[str]:
    """A program that may write only where its user may, also when that is root."""
    if os.geteuid():
        return [*program]
    if shutil.which("setpriv") is None:
        pytest.skip("root can write everywhere, and there is no setpriv to take that away")
    return ["setpriv", "--bounding-set=-all", "--inh-caps=-all", *program]


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Path]:
    """A folder of somebody else's, as far as a test can have one."""
    folder = tmp_path / "locked"
    folder.mkdir()
    if os.geteuid() == 0:
        os.chown(folder, 12345, 12345)
    folder.chmod(0o500)
    yield folder
    folder.chmod(0o700)


@pytest.mark.parametrize("home", ["/proc/none", "/dev/null", "", "relative", "/proc/none\n"])
def test_a_home_that_cannot_be_used_is_done_without(tmp_path: Path, out: Path, home: str) -> None:
    assert run(tmp_path, "--out", str(out), HOME=home) == (0, "", "", [])
    assert is_made(out)


def test_no_home_at_all_is_done_without(tmp_path: Path, out: Path) -> None:
    assert run(tmp_path, program=["env", "-u", "HOME", *command("--out", str(out))]) == (0, "", "", [])
    assert is_made(out)


@pytest.mark.parametrize("mode", [0o777, 0o775])
def test_a_home_that_others_may_write_to_is_done_without(tmp_path: Path, out: Path, mode: int) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home").chmod(mode)
    assert run(tmp_path, "--out", str(out), HOME=str(tmp_path / "home")) == (0, "", "", [])
    assert is_made(out)


def test_home_temporary_files_and_a_cache_of_somebody_elses_are_done_without(tmp_path: Path, out: Path, locked: Path) -> None:
    own = unprivileged("env", f"TMPDIR={locked}", *command("--out", str(out)))
    cache = {"HOME": str(locked), "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(locked / "cache")}
    assert run(tmp_path, program=own, **cache) == (0, "", "", [])
    assert is_made(out)


@pytest.mark.parametrize("below", [".", "a", "a/b"])
def test_an_output_that_may_not_be_written_is_named(tmp_path: Path, locked: Path, below: str) -> None:
    folder = locked / below
    done = run(tmp_path, program=unprivileged(*command("--out", str(folder))))
    assert is_refused(done, f"{folder} cannot be written: Permission denied; choose another folder for the output")


def test_in_a_folder_of_somebody_elses_the_own_one_is_written(tmp_path: Path, locked: Path) -> None:
    out = locked / "out"
    locked.chmod(0o700)
    out.mkdir()
    locked.chmod(0o555)
    for _ in range(2):
        assert run(tmp_path, program=unprivileged(*command("--out", str(out)))) == (0, "", "", [])
    assert is_made(out)
    assert len(list(out.iterdir())) == len(list((ROOT / "dist").iterdir()))


@pytest.mark.parametrize(
    "locale",
    [{"LC_ALL": "C"}, {"LC_ALL": "C", **NO_LOCALE}, {"LC_ALL": "POSIX", **NO_LOCALE}, {"LANG": "tr_TR.ISO-8859-9", **NO_LOCALE}],
)
def test_the_locale_does_not_matter(tmp_path: Path, locale: dict[str, str]) -> None:
    catalogue = tmp_path / "Büşra" / "catalogue.yaml"
    catalogue.parent.mkdir()
    text = (ROOT / "config" / "catalogue.yaml").read_text(encoding="utf-8")
    catalogue.write_text(re.sub("(?m)^description:", "description: ğüşiöç\n#", text), encoding="utf-8")
    shutil.copy(ROOT / "config" / "values.yaml", catalogue.parent)
    out = tmp_path / "çökelek"
    assert run(tmp_path, "--catalogue", str(catalogue), "--out", str(out), **locale) == (0, "", "", [])
    chart = yaml.safe_load((out / "helm" / "castiel" / "Chart.yaml").read_text(encoding="utf-8"))
    assert chart["description"] == "ğüşiöç"
    done = run(tmp_path, "--catalogue", str(catalogue), "--values", str(tmp_path / "ö.yaml"), **locale)
    assert is_refused(done, f"{tmp_path}/ö.yaml:1: cannot be read: No such file or directory")


def test_a_path_that_is_not_utf8_works(tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode(b"odd\xff")
    odd.mkdir()
    for name in ("catalogue.yaml", "values.yaml"):
        shutil.copy(ROOT / "config" / name, odd)
    arguments = ("--catalogue", str(odd / "catalogue.yaml"), "--out", str(odd / "out"))
    for _ in range(2):
        assert run(tmp_path, *arguments) == (0, "", "", [])
    assert is_made(odd / "out")
    assert run(tmp_path, "--out", "again", program=[*PYTHON, "--out", "again"], cwd=odd) == (0, "", "", [])
    assert is_made(odd / "again")
    (odd / "overlay.yaml").write_text("nonsense: 1\n")
    done = run(tmp_path, *arguments, "--values", str(odd / "overlay.yaml"))
    assert is_refused(done, "odd\\udcff/overlay.yaml:1: nonsense: unknown key")


def test_temporary_files_at_a_path_that_is_not_utf8_are_told(tmp_path: Path, out: Path) -> None:
    odd = os.fsdecode(b"odd\xff")
    (tmp_path / odd).mkdir()
    done = run(tmp_path, program=["env", f"TMPDIR={tmp_path / odd}", *command("--out", str(out))])
    assert is_refused(done, f"{NODE} reads only names in UTF-8; use another folder")
    assert list((tmp_path / odd).iterdir()) == []


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-", "2>/dev/full"])
def test_closed_streams_do_not_matter(tmp_path: Path, out: Path, closed: str) -> None:
    shell = ["sh", "-c", f'exec "$@" {closed}', "sh"]
    assert run(tmp_path, program=[*shell, *command("--out", str(out))]) == (0, "", "", [])
    assert is_made(out)
    refused = run(tmp_path, program=[*shell, *command("--out", "/")])
    assert (refused.code, refused.left) == (2, [])
    assert "Traceback" not in refused.err


def test_a_working_folder_that_is_gone_does_not_matter(tmp_path: Path, out: Path) -> None:
    (tmp_path / "gone").mkdir()
    shell = ["sh", "-c", 'rmdir ../gone; exec "$@"', "sh"]
    assert run(tmp_path, program=[*shell, *PYTHON, "--out", str(out)], cwd=tmp_path / "gone") == (0, "", "", [])
    assert is_made(out)
    (tmp_path / "gone").mkdir()
    done = run(tmp_path, program=[*shell, *PYTHON, "--out", "out"], cwd=tmp_path / "gone")
    assert is_refused(done, "out cannot be written: No such file or directory")


@pytest.mark.parametrize("size", ["100k", "300k", "600k"])
def test_a_full_disk_leaves_no_half_output(tmp_path: Path, mount: Mount, size: str) -> None:
    disk = mount("disk", size=size)
    for folder in (disk / "a" / "out", disk):
        done = run(tmp_path, "--out", str(folder))
        assert is_refused(done, f"{folder} cannot be written: No space left on device; choose another folder for the output")
        assert list(disk.iterdir()) == []


@pytest.mark.parametrize("size", ["100k", "300k"])
def test_no_room_for_temporary_files_is_told(tmp_path: Path, out: Path, mount: Mount, size: str) -> None:
    disk = mount("temporary", size=size)
    done = run(tmp_path, "--out", str(out))
    assert is_refused(done, f"{NODE} cannot work: No space left on device; it writes to {disk} (TMPDIR), and to a cache in HOME")


def test_no_room_for_the_cache_is_told(tmp_path: Path, out: Path, mount: Mount) -> None:
    done = run(tmp_path, "--out", str(out), HOME=str(mount("home", size="100k")))
    assert is_refused(done, f"{NODE} cannot work: ")
    assert "no space left on device" in done.err.lower()


def test_a_file_system_that_is_read_only_is_told(tmp_path: Path, mount: Mount) -> None:
    disk = mount("disk", size="4m")
    assert run(tmp_path, "--out", str(disk / "out")) == (0, "", "", [])
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    for folder in (disk / "out", disk / "new"):
        assert is_refused(run(tmp_path, "--out", str(folder)), f"{folder} cannot be written: Read-only file system")


@pytest.mark.parametrize("kind", ["another file system", "another folder"])
def test_a_mount_point_is_replaced_file_by_file(tmp_path: Path, mount: Mount, kind: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    out = mount("out", of=tmp_path / "elsewhere") if kind == "another folder" else mount("out", size="8m")
    for _ in range(2):
        assert run(tmp_path, "--out", str(out)) == (0, "", "", [])
        assert is_made(out)
    (out / "helm" / "mine").write_text("mine")
    assert is_refused(run(tmp_path, "--out", str(out)), f"{out} holds helm/mine, which was not made here")


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("JSII_NODE", "/does/not/exist", "cannot work: /does/not/exist: No such file or directory;"),
        ("JSII_NODE", "/bin/true", "ended too early (exit code 0); nothing is written;"),
        ("NODE_OPTIONS", "--require /does/not/exist.js", "ended too early (exit code 1: Error: Cannot find module"),
    ],
)
def test_a_node_that_does_not_start_is_told(tmp_path: Path, out: Path, variable: str, value: str, said: str) -> None:
    assert is_refused(run(tmp_path, "--out", str(out), **{variable: value}), f"{NODE} {said}")
    assert not out.exists()


NODE_KILLED = """
import importlib, os, runpy, signal, sys
import psutil
which, module, name, *sys.argv[1:] = sys.argv[1:]
sys.argv[0] = "main.py"
sys.path.insert(0, os.getcwd())
owner = importlib.import_module(module)
original = getattr(owner, name)

def hooked(*arguments, **named):
    started = psutil.Process()
    for _ in range(int(which)):
        while not started.children():
            pass
        (started,) = started.children()
    started.kill()
    return original(*arguments, **named)

setattr(owner, name, hooked)
runpy.run_path("main.py", run_name="__main__")
"""
"""main.py, of which a function kills Node first: the one that it has started, or the one that that one has started."""


@pytest.mark.parametrize("which", ["1", "2"])
@pytest.mark.parametrize(
    ("module", "name"),
    [("tierwright.model.loading", "examined"), ("tierwright.pipeline", "describe"), ("tierwright.process.aside", "turn")],
)
def test_when_node_dies_one_line_says_so(tmp_path: Path, out: Path, which: str, module: str, name: str) -> None:
    done = run(tmp_path, which, module, name, "--out", str(out), code=NODE_KILLED)
    assert is_refused(done, f"{NODE} ended too early (killed by SIGKILL); nothing is written; try again")
    assert not out.exists()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"HOME": "/proc/none"}, ""),
        ({"CASTIEL_ENV": "nowhere"}, "there is no environment 'nowhere'"),
        ({"JSII_NODE": "/bin/true"}, f"{NODE} ended too early (exit code 0)"),
    ],
)
def test_the_command_line_of_cdk8s_says_no_more(tmp_path: Path, changed: dict[str, str], said: str) -> None:
    if not CLI.exists():
        pytest.skip("the cdk8s CLI is not installed: run `make setup`")
    for odd in ("out", os.fsdecode(b"odd\xff")):
        done = run(tmp_path, program=[sys.executable, "-m", "scripts.synth", str(tmp_path / odd)], **changed)
        if said:
            assert (done.code, done.out, done.left) == (2, "", [])
            assert said in done.err.splitlines()[-1]
            assert "    at " not in done.err
        else:
            assert (done.code, done.err, done.left) == (0, "", [])
            assert is_made(tmp_path / odd)


def test_what_it_made_is_listed_where_somebody_listens(tmp_path: Path, out: Path) -> None:
    if not CLI.exists():
        pytest.skip("the cdk8s CLI is not installed: run `make setup`")
    synth = [sys.executable, "-m", "scripts.synth", str(out)]
    manifests = sorted(file.name for file in (ROOT / "dist").glob("*.yaml"))
    made = [*manifests, "compose/compose.yaml", "helm/castiel", "swarm/stack.yaml"]
    assert run(tmp_path, program=synth) == (0, "".join(f"{out}/{one}\n" for one in made), "", [])
    done = run(tmp_path, program=["sh", "-c", 'exec "$@" > /dev/full', "sh", *synth])
    assert is_refused(done, "standard output: No space left on device")
    assert run(tmp_path, program=["sh", "-c", 'exec "$@" >&-', "sh", *synth]) == (0, "", "", [])
    assert is_made(out)
