"""The container beside each server that opens the archive of pgBackRest: its script, beside programs that a test replaces."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

from tests.rendering import Object, render_with

PROGRAMS = {
    "pgbackrest": 'echo "$(sed -n s/^repo1-path=//p "$PGBACKREST_CONFIG") $*" >> "$FOLDER/asked"; [ ! -e "$FOLDER/refused" ]',
    "psql": 'case "$*" in *pg_is_in_recovery*) echo t ;; esac',
    # Each pause is a step of the test; after the last one the container is told to end.
    "sleep": """step="$FOLDER/$(ls "$FOLDER" | grep '^step-' | head -n 1)"
[ -f "$step" ] || kill -TERM "$PPID"
sh "$step"; rm "$step\"""",
}


def watched(folder: Path, steps: list[str]) -> tuple[list[str], str]:
    """The archives that the container opens, each as its path and stanza, and what it says, while these commands run in pauses."""
    opened, said, _ = watching(folder, steps)
    return opened, said


def watching(folder: Path, steps: list[str]) -> tuple[list[str], str, str]:
    """The same, with the errors that it tells."""
    backup: Object = {"enabled": True, "method": "pgbackrest", "repository": {"claim": "backups", "path": "/first"}}
    rendered = render_with({"postgres": {"image": {"repository": "registry.example/postgres-patroni"}, "backup": backup}})
    for name, script in rendered.get("ConfigMap", "postgres-backup-config")["data"].items():
        for place in ("/tmp/", "/etc/backup/"):  # noqa: S108 - the pod's
            script = script.replace(place, f"{folder}/")  # noqa: PLW2901
        (folder / name).write_text(script)
    (folder / "bin").mkdir()
    for name, text in PROGRAMS.items():
        (folder / "bin" / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / "bin" / name).chmod(stat.S_IRWXU)
    for number, step in enumerate(steps):
        (folder / f"step-{number}").write_text(step)
    variables = {
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "FOLDER": str(folder),
        "PGDATA": str(folder),
        "DATA_SERVICE": "postgres",
        "PGBACKREST_CONFIG": str(folder / "pgbackrest.conf"),
        "RETENTION": "7",
    }
    command = ["sh", str(folder / "watch.sh")]
    ran = subprocess.run(command, check=False, env=variables, capture_output=True, text=True, timeout=30)
    assert ran.returncode == 143, ran.stderr
    asked = (line.split() for line in (folder / "asked").read_text().splitlines())
    opened = [f"{path} {stanza.partition('=')[2]}" for path, stanza, *command in asked if command[-1] == "stanza-create"]
    return opened, ran.stdout, ran.stderr


def test_an_archive_is_opened_once(tmp_path: Path) -> None:
    opened, said = watched(tmp_path, ["true", "true"])
    assert opened == ["/repository/first postgres-0001"]
    assert said == "the archive 0001 is open\n"


def test_a_repository_that_moves_gets_an_archive_without_a_restart(tmp_path: Path) -> None:
    """The kubelet renews the file below a container that runs, and archive_command goes by it from then on."""
    moves = 'sed -i s,/repository/first,/repository/second, "$PGBACKREST_CONFIG"'
    opened, said = watched(tmp_path, ["true", moves, "true"])
    assert opened == ["/repository/first postgres-0001", "/repository/second postgres-0001"]
    assert said == "the archive 0001 is open\n" * 2


def test_an_archive_that_is_refused_is_asked_for_again_and_the_refusal_said_once(tmp_path: Path) -> None:
    (tmp_path / "refused").touch()
    opened, said = watched(tmp_path, ["true", 'rm "$FOLDER/refused"', "true"])
    assert opened == ["/repository/first postgres-0001"] * 3
    assert said == "the archive 0001 is open\n"


def test_a_place_that_refuses_as_the_one_before_did_is_told_of_too(tmp_path: Path) -> None:
    (tmp_path / "refused").touch()
    moves = 'sed -i s,/repository/first,/repository/second, "$PGBACKREST_CONFIG"'
    *_, errors = watching(tmp_path, ["true", moves, "true"])
    assert errors.count("cannot be opened") == 2, errors
