"""How PgBouncer is started and ended: the script of its container, beside programs that a test replaces."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.rendering import render_with

PGBOUNCER = f"""\
#!{sys.executable}
import os, pathlib, signal, sys, time
folder = pathlib.Path(os.environ["FOLDER"])
def end(number, frame):
    (folder / "signals").write_text(signal.Signals(number).name)
    sys.exit()
for one in (signal.SIGINT, signal.SIGTERM):
    signal.signal(one, end)
(folder / "runs").touch()
time.sleep(20)
"""
"""A shell could not do this: what it starts in the background ignores SIGINT, unless that asks for it."""

SHELL = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execvp('sh', ['sh', sys.argv[1]])"
"""A shell cannot trap what is ignored when it starts, as SIGINT is where these tests run in the background."""


class Pooler:
    """The script of the container, in a folder of a test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        rendered = render_with({"postgres": {"pooler": {"enabled": True}}})
        script = rendered.get("ConfigMap", "postgres-pooler-config")["data"]["start.sh"]
        (folder / "start.sh").write_text(script.replace("/tmp/", f"{folder}/"))  # noqa: S108 - the pod's
        (folder / "pgbouncer").write_text(PGBOUNCER)
        (folder / "pgbouncer").chmod(stat.S_IRWXU)
        self.variables = {
            "PATH": f"{folder}:{os.environ['PATH']}",
            "FOLDER": str(folder),
            "SERVER_HOST": "postgres-server",
            "SERVER_PORT": "5432",
            "PROBE_DATABASE": "pooler-probe",
            "PGDATABASE": "it's",
            "PGUSER": "coder",
            "PGPASSWORD": "a b%s$HOME'\"\\",
        }

    def end(self, signal: str) -> tuple[int, str]:
        """Start it, and end it by a signal: its status, and the signal that PgBouncer gets."""
        with subprocess.Popen([sys.executable, "-c", SHELL, self.folder / "start.sh"], env=self.variables) as process:
            until = time.monotonic() + 20
            while not (self.folder / "runs").exists() and time.monotonic() < until:
                time.sleep(0.02)
            subprocess.run(["kill", f"-{signal}", str(process.pid)], check=True)
            status = process.wait(timeout=20)
        return status, (self.folder / "signals").read_text().strip()


@pytest.mark.parametrize("signal", ["TERM", "INT"])
def test_it_ends_once_transactions_have_and_waits_for_no_client(tmp_path: Path, signal: str) -> None:
    """At TERM PgBouncer itself would wait for its clients, which never leave."""
    assert Pooler(tmp_path).end(signal) == (0, "SIGINT")


def test_a_standby_ends_a_connection_before_a_client_has_it(tmp_path: Path) -> None:
    """PgBouncer would serve a server that has been demoted without a word."""
    Pooler(tmp_path).end("TERM")
    asked = "SET LOCAL ROLE none; SELECT pg_terminate_backend(pg_backend_pid()) WHERE pg_is_in_recovery()"
    server = f"host=postgres-server port=5432 connect_query='{asked}'"
    assert (tmp_path / "databases.ini").read_text().splitlines() == [
        "[databases]",
        f"* = {server}",
        f"pooler-probe = {server} dbname='it''s' pool_size=1",
    ]


def test_any_password_reaches_it_and_only_its_user_can_read_it(tmp_path: Path) -> None:
    Pooler(tmp_path).end("TERM")
    assert (tmp_path / "users").read_text() == '"coder" "a b%s$HOME\'""\\"\n'
    assert stat.S_IMODE((tmp_path / "users").stat().st_mode) == 0o600
