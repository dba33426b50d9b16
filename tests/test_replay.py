"""How a restore and its test start the server that replays WAL, and who archives: scripts beside programs that a test replaces."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from tests.postgres_members import IMAGE
from tests.rendering import Object, render_with

PROGRAMS = {
    "postgres": 'printf "%s\\n" "$@" > "$FOLDER/started"; exec sleep 30',
    "psql": '[ -s "$FOLDER/started" ]',
    "python3": '[ -e "$FOLDER/locked" ]',
    "pgbackrest": 'echo "$*" >> "$FOLDER/asked"',
    "timeout": 'shift; exec "$@"',
}


def scripts(folder: Path, *, method: str) -> dict[str, str]:
    """The scripts of a method in a folder of a test, and the variables that they need."""
    backup: Object = {"enabled": True, "method": method}
    if method == "pgbackrest":
        backup["repository"] = {"claim": "backups"}
    rendered = render_with({"postgres": {"image": IMAGE, "backup": backup}})
    name = "postgres-archive-config" if method == "basebackup" else "postgres-backup-config"
    for file, text in rendered.get("ConfigMap", name)["data"].items():
        for place in ("/tmp", "/etc/backup", "/etc/postgres"):  # noqa: S108 - the pod's
            text = text.replace(f"{place}/", f"{folder}/")  # noqa: PLW2901
        (folder / file).write_text(text)
    (folder / "bin").mkdir()
    for program, text in PROGRAMS.items():
        (folder / "bin" / program).write_text(f"#!/bin/sh\n{text}\n")
        (folder / "bin" / program).chmod(stat.S_IRWXU)
    return {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "FOLDER": str(folder), "DATA_SERVICE": "postgres"}


@pytest.mark.parametrize("method", ["basebackup", "pgbackrest"])
def test_the_server_that_replays_writes_into_no_archive_and_takes_no_connection(tmp_path: Path, method: str) -> None:
    """The settings of the server itself are taken, but these come after them: the last one counts. The data of a member archive."""
    variables = scripts(tmp_path, method=method)
    (tmp_path / "settings").write_text("archive_mode=on\nlisten_addresses=*\nwork_mem=8MB\n")
    (tmp_path / "data").mkdir()
    script = '. "$FOLDER/archive.sh"; . "$FOLDER/recovery.sh"; name=it; replay "$FOLDER/data" -c restore_command=x; kill "$server"'
    subprocess.run(["sh", "-c", script], env=variables, check=True, capture_output=True, timeout=30)
    words = (tmp_path / "started").read_text().splitlines()
    settings = dict(word.split("=", 1) for word in words if "=" in word)
    assert (settings["archive_mode"], settings["listen_addresses"], settings["hot_standby"]) == ("off", "", "off")
    assert (settings["work_mem"], settings["restore_command"]) == ("8MB", "x")
    assert settings["unix_socket_directories"] == f"{tmp_path}/socket"
    assert (tmp_path / "data" / "recovery.signal").exists()


@pytest.mark.parametrize(("patroni", "locked", "archives"), [("a", True, True), ("a", False, False), ("", False, True)])
def test_of_several_members_the_holder_of_the_lock_alone_archives(
    tmp_path: Path, patroni: str, locked: bool, archives: bool
) -> None:
    """Another one that takes itself for the primary would write into an archive that goes on without it."""
    variables = scripts(tmp_path, method="pgbackrest")
    if locked:
        (tmp_path / "locked").touch()
    script = ["sh", f"{tmp_path}/pgbackrest-push.sh", "pg_wal/000000010000000000000001"]
    done = subprocess.run(
        script, env={**variables, "PATRONI": patroni}, cwd=tmp_path, check=False, capture_output=True, text=True, timeout=30
    )
    assert (done.returncode == 0) == archives
    assert (tmp_path / "asked").exists() == archives
    assert archives or done.stderr == "error: this member has no lock: pg_wal/000000010000000000000001 is not archived\n"
