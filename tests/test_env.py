"""`tierwright env`: random passwords for the Compose file, and never a changed one."""

from __future__ import annotations

import os
import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.rendering import ROOT
from tierwright.cli import main
from tierwright.cli.env import run
from tierwright.outputs.env_file import entries

EXAMPLE = """\
# Made by tierwright as compose/.env.example; changes to this file are lost when it is made again.
# The variables of shop's Compose file.

# The profile that starts.
COMPOSE_PROFILES=all

# the password of PostgreSQL
DB_PASSWORD=<random>

# the account at Stripe
STRIPE_KEY=

# the OAuth client; it may be missing
#CLIENT_ID=

# signs the sessions
JWT_SECRET=<random>
"""
WHOLE = "COMPOSE_PROFILES=web\nDB_PASSWORD=kept\nSTRIPE_KEY=sk\n# CLIENT_ID=\nJWT_SECRET='kept too'\n"


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose Compose file needs some variables, and that has no .env yet."""
    (tmp_path / "dist" / "compose").mkdir(parents=True)
    (tmp_path / "dist" / "compose" / ".env.example").write_text(EXAMPLE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


Said = Callable[..., str]


@pytest.fixture(name="said")
def _said(folder: Path, capsys: pytest.CaptureFixture[str]) -> Said:
    """Runs the command, which is to succeed and leave nothing but the file; gives what it prints."""

    def said(*arguments: str) -> str:
        assert main(["env", *arguments]) == 0
        assert {entry.name for entry in folder.iterdir()} <= {"dist", ".env", "other.env"}
        printed = capsys.readouterr()
        assert printed.err == ""
        return printed.out

    return said


@pytest.fixture(name="refused")
def _refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> Said:
    """Runs the command, which is to fail and change nothing; gives its error."""

    def refused(*arguments: str) -> str:
        before = state(folder)
        assert main(["env", *arguments]) == 2
        assert state(folder) == before
        printed = capsys.readouterr()
        assert printed.out == ""
        return printed.err

    return refused


def state(folder: Path) -> dict[str, tuple[object, ...]]:
    """All that is in a folder, with its bytes and the times of its last change."""
    return {
        str(entry.relative_to(folder)): (entry.lstat().st_ino, entry.lstat().st_mtime_ns, entry.is_file() and entry.read_bytes())
        for entry in sorted(folder.rglob("*"))
    }


def values(file: Path = Path(".env")) -> dict[str, str | None]:
    return {one.name: one.value for one in entries(file.read_text(), file)}


def test_each_password_is_random_and_the_rest_is_what_the_example_says(said: Said) -> None:
    assert said() == (
        ".env: made, for you alone to read; random are DB_PASSWORD, JWT_SECRET\n.env:10: STRIPE_KEY is empty; fill it in\n"
    )  # and so shows no password
    made = values()
    random = [made.pop("DB_PASSWORD"), made.pop("JWT_SECRET")]
    assert made == {"COMPOSE_PROFILES": "all", "STRIPE_KEY": "", "CLIENT_ID": None}
    assert all(len(one or "") == 64 and int(one or "", 16) for one in random)  # as in a cluster
    assert len({*random}) == 2
    assert Path(".env").read_text() == (
        "# Made by `tierwright env`. It is yours: what is here stays as it is. Keep it out of version control.\n"
        + EXAMPLE[EXAMPLE.index("\n\n") + 1 :].replace("<random>", "{}").format(*random)
    )


def test_nobody_else_may_read_it(said: Said) -> None:
    mask = os.umask(0)
    try:
        said()
    finally:
        os.umask(mask)
    assert stat.S_IMODE(Path(".env").stat().st_mode) == 0o600


def test_two_platforms_have_no_password_in_common(said: Said) -> None:
    said()
    said("--out", "other.env")
    assert values()["DB_PASSWORD"] != values(Path("other.env"))["DB_PASSWORD"]


def test_a_shell_reads_what_was_written(folder: Path, said: Said) -> None:
    said()
    script = 'set -aeu; . ./.env; echo "$COMPOSE_PROFILES,$DB_PASSWORD,$STRIPE_KEY,$JWT_SECRET"; echo "${CLIENT_ID-missing}"'
    done = subprocess.run(["sh", "-c", script], cwd=folder, env={}, capture_output=True, text=True, check=True)
    made = values()
    assert done.stdout == f"all,{made['DB_PASSWORD']},,{made['JWT_SECRET']}\nmissing\n"


def test_where_nothing_is_missing_nothing_is_changed(folder: Path, said: Said) -> None:
    Path(".env").write_text(WHOLE)
    before = state(folder)
    assert said() == ".env: nothing is missing, so it stays as it is\n"
    assert state(folder) == before


def test_a_second_run_finds_nothing_to_do(folder: Path, said: Said) -> None:
    said()
    before = state(folder)
    assert said() == ".env: nothing is missing, so it stays as it is\n.env:10: STRIPE_KEY is empty; fill it in\n"
    assert state(folder) == before


@pytest.mark.parametrize(
    "there",
    [
        "",
        "\n",
        "MINE=1\n",
        "MINE=1",
        "# no end of line",
        "export MINE=1\n\n  # a comment\n\tLATER=2\n",
        'KEY="-----BEGIN-----\nabc \\" = \n-----END-----" # several lines\n',
        "MINE='#DB_PASSWORD=<random>\nDB_PASSWORD=1'\n",
        "MINE=1\r\nLATER=2\r\n",
        "MINE=\udcff\n",
        "#DB_PASSWORD=old\n",
    ],
)
def test_what_is_missing_comes_to_the_end_with_its_comment_and_the_rest_keeps_its_bytes(said: Said, there: str) -> None:
    file = Path(".env")
    before = there.encode(errors="surrogateescape")
    file.write_bytes(before)
    file.chmod(0o640)
    inode = file.stat().st_ino
    assert said().splitlines()[0] == ".env: added COMPOSE_PROFILES, DB_PASSWORD, STRIPE_KEY, CLIENT_ID, JWT_SECRET"
    after = file.read_bytes()
    assert after.startswith(before)
    added = after[len(before) :].decode()
    assert added.startswith("\n\n" if there and not there.endswith("\n") else "\n")
    assert "\n\n# the account at Stripe\nSTRIPE_KEY=\n\n" in added
    assert "random>" not in added
    assert (file.stat().st_ino, stat.S_IMODE(file.stat().st_mode)) == (inode, 0o640)


def test_only_what_is_missing_is_added(said: Said) -> None:
    Path(".env").write_text(WHOLE.replace("JWT_SECRET='kept too'\n", ""))
    assert said() == ".env: added JWT_SECRET\n"
    made = values()
    assert (made["COMPOSE_PROFILES"], made["DB_PASSWORD"], made["STRIPE_KEY"]) == ("web", "kept", "sk")


@pytest.mark.parametrize("empty", ["DB_PASSWORD=", "DB_PASSWORD=''", "DB_PASSWORD= # later", 'DB_PASSWORD=x\nDB_PASSWORD=""'])
def test_what_is_empty_is_told_with_its_line_and_stays_so(said: Said, empty: str) -> None:
    Path(".env").write_text(text := WHOLE.replace("DB_PASSWORD=kept", empty))
    line = text.split("STRIPE")[0].count("\n")
    assert said() == f".env: nothing is missing, so it stays as it is\n.env:{line}: DB_PASSWORD is empty; fill it in\n"


WAY_OUT = "remove it, or name another file with --out"


def link(file: Path) -> None:
    (file.parent / "elsewhere").write_text("")
    file.symlink_to("elsewhere")


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (link, f".env: is a link; {WAY_OUT}"),
        (lambda file: file.symlink_to("nowhere"), f".env: is a link; {WAY_OUT}"),
        (Path.mkdir, f".env: is no file; {WAY_OUT}"),
        (os.mkfifo, f".env: is no file; {WAY_OUT}"),
    ],
    ids=["a link", "a link to nothing", "a folder", "a pipe"],
)
def test_what_is_no_file_stays(refused: Said, make: Callable[[Path], object], error: str) -> None:
    make(Path(".env"))
    assert refused() == f"{error}\n"


NEITHER = "is neither a comment nor a variable; write NAME=value, or # before it"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("nonsense\n", 1),
        ("A=1\n\nB 2\n", 3),
        ("A=1\n1B=2\n", 2),
        ("A = 1\n", 1),
        ("\ufeffA=1\n", 1),
        ("A='open\nB=2\n", 1),
        ('A=1\nB="open\\"\n', 2),
        ("A='1' B=2\n", 1),
        ("\x00\x01\n", 1),
    ],
)
def test_a_line_that_is_no_variable_is_told_without_what_it_holds(refused: Said, text: str, line: int) -> None:
    Path(".env").write_text(text)
    assert refused() == f".env:{line}: {NEITHER}\n"


def test_a_copied_example_is_no_password(refused: Said) -> None:
    Path(".env").write_text(EXAMPLE)
    assert refused() == (
        ".env:8: DB_PASSWORD is <random>, which stands for a random text; remove this line, and run the command again\n"
    )


def test_a_file_that_may_not_be_read_stays(refused: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text(WHOLE)
    read = Path.read_bytes

    def read_bytes(file: Path) -> bytes:
        if file == Path(".env"):
            raise PermissionError(13, "Permission denied", str(file))
        return read(file)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)  # root may read everything
    assert refused() == ".env: cannot be read: Permission denied; make it readable, or name another file with --out\n"


def test_without_an_example_it_says_how_to_make_one(folder: Path, refused: Said) -> None:
    remedy = "make it with `tierwright render --out dist`, or name another one with --from"
    assert refused("--from", "none") == f"none: cannot be read: No such file or directory; {remedy}\n"
    assert refused("--from", "dist") == f"dist: cannot be read: Is a directory; {remedy}\n"
    (folder / "wrong").write_text("A=1\nB\n")
    assert refused("--from", "wrong") == f"wrong:2: {NEITHER}\n"


def test_a_folder_that_is_not_there_is_an_error(refused: Said) -> None:
    assert refused("--out", "none/.env") == (
        "none/.env: cannot be written: No such file or directory; name another file with --out\n"
    )


def test_what_somebody_makes_meanwhile_is_not_replaced(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Path.write_bytes

    def write_bytes(file: Path, data: bytes) -> int:
        Path(".env").write_text("MINE=1\n")
        return write(file, data)

    monkeypatch.setattr(Path, "write_bytes", write_bytes)
    assert run([]) == 2
    assert Path(".env").read_text() == "MINE=1\n"
    assert {entry.name for entry in folder.iterdir()} == {"dist", ".env"}


def test_a_file_system_without_links_is_enough(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    def hardlink_to(_file: Path, _target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", hardlink_to)
    assert said().startswith(".env: made, ")
    assert stat.S_IMODE(Path(".env").stat().st_mode) == 0o600
    assert values()["COMPOSE_PROFILES"] == "all"


def limited() -> None:
    """Let no file of this process grow beyond a few bytes, as on a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40, 40))


@pytest.mark.parametrize("there", [None, "MINE=1\n"], ids=["new", "added to"])
def test_a_full_disk_leaves_no_half_of_it(folder: Path, there: str | None) -> None:
    if there is not None:
        (folder / ".env").write_text(there)
    command = [sys.executable, "-m", "tierwright", "env"]
    done = subprocess.run(command, cwd=folder, preexec_fn=limited, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(".env: cannot be written: ")
    assert done.stderr.count("\n") == 1
    assert {entry.name: entry.is_file() and entry.read_text() for entry in folder.iterdir() if entry.name != "dist"} == (
        {} if there is None else {".env": there}
    )


def test_of_many_runs_at_once_one_makes_it_and_the_others_find_it(folder: Path) -> None:
    command = [sys.executable, "-m", "tierwright", "env"]

    def one(_: int) -> str:
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.splitlines()[0]

    with ThreadPoolExecutor(4) as runs:
        said = sorted(runs.map(one, range(4)))
    assert said == [
        ".env: made, for you alone to read; random are DB_PASSWORD, JWT_SECRET",
        *[".env: nothing is missing, so it stays as it is"] * 3,
    ]
    assert {entry.name for entry in folder.iterdir()} == {"dist", ".env"}


def test_synth_never_touches_it(tmp_path: Path) -> None:
    """Of a platform in a folder of its own, synth twice, once before and once after `env`."""
    hello = ROOT / "examples" / "hello" / "catalogue.yaml"
    (tmp_path / "catalogue.yaml").write_bytes(hello.read_bytes())
    (tmp_path / ".env").write_text(there := "MINE=1\n")

    def command(*arguments: str) -> None:
        subprocess.run([sys.executable, "-m", "tierwright", *arguments], cwd=tmp_path, check=True, capture_output=True)

    command("synth")
    assert (tmp_path / ".env").read_text() == there
    command("env")
    before = (tmp_path / ".env").read_bytes(), (tmp_path / ".env").stat().st_mtime_ns
    assert before[0].startswith(there.encode())
    command("synth")
    assert ((tmp_path / ".env").read_bytes(), (tmp_path / ".env").stat().st_mtime_ns) == before


def test_it_does_without_node_and_without_the_platform() -> None:
    code = (
        "import sys; from tierwright.cli import main; code = main(['env', *sys.argv[1:]])\n"
        "print(sorted({'jsii', 'cdk8s', 'yaml', 'tierwright.model', 'tierwright.pipeline', 'tierwright.node'} & {*sys.modules}))"
    )
    command = [sys.executable, "-c", code, "--from", "none"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
