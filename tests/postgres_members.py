"""PostgreSQL with several members: its manifests, and a script of a member with programs that note how they are called."""

from __future__ import annotations

import os
import re
import stat
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.rendering import Object, Rendered, render_with

IMAGE = {"repository": "registry.example/postgres-patroni"}
TWO = """
name: shop
tiers: [{name: data}, {name: app}]
dataServices:
  postgres: {tier: data, port: 5432, urlVariable: DATABASE_URL}
  plugin-db: {kind: postgres, tier: data, port: 5433, urlVariable: PLUGIN_DB_URL}
services:
  web: {tier: app, port: 80, targetPort: 8080, needs: [postgres, plugin-db], public: true}
"""
"""A catalogue with a second server."""


def replicated(**more: Any) -> Rendered:
    return render_with({"postgres": {"topology": "replicated", "image": IMAGE, **more}})


@cache
def three() -> Rendered:
    return replicated()


def settings_of(rendered: Rendered) -> Object:
    settings: Object = yaml.safe_load(rendered.get("ConfigMap", "postgres-config")["data"]["settings"])
    return settings


PROGRAMS = {
    "pg_isready": "exit 0",
    "python3": 'echo "$*" > "$LOG.of_state"; ls "$(dirname "$1")/../patroni" 2> /dev/null >> "$LOG.of_state"; exit 1',
    "postgres": 'echo "postgres (PostgreSQL) 16.15 (Debian 16.15-1.pgdg12+1)"',
    "patronictl": '[ ! -e "$LOG.absent" ] || { rm "$LOG.absent"; exit 1; }; echo "patronictl $*" >> "$LOG"\n'
    '[ "$3" != edit-config ] || cat "$6" > "$LOG.told"',
    "patroni": 'i=0; until [ -e "$LOG.told" ] || [ $i = 50 ]; do sleep 0.1; i=$((i + 1)); done; echo "patroni $*" >> "$LOG"\n'
    'echo "$PATRONI_POSTGRESQL_CONNECT_ADDRESS $PATRONI_RESTAPI_CONNECT_ADDRESS" >> "$LOG"',
    "initdb": 'echo "initdb $*" >> "$LOG"; mkdir "$PGDATA"; cat "${3#--pwfile=}" >> "$LOG"',
    "pg_ctl": 'echo "pg_ctl $*" >> "$LOG"',
    # Looks 10 seconds apart come to an end after as many as a test wants.
    "sleep": 'if [ "$1" != 10 ]; then exec /bin/sleep "$1"; fi\n'
    'echo >> "$LOG.looks"; [ "$(wc -l < "$LOG.looks")" -le "${LOOKS:-0}" ]',
    "psql": 'case "$*" in\n*pg_ls_waldir*" host=10.0.0.9 dbname=postgres") echo "$GONE" ;;\n'
    '*primary_conninfo*) echo "host=10.0.0.9" ;;\n'
    '*CHECKPOINT) echo "$PGPASSWORD CHECKPOINT" >> "$LOG"; exit 1 ;;\n'
    '*pg_last_wal_replay_lsn*) echo "$AT" | cut -d " " -f "$(wc -l < "$LOG.looks")" ;;\nesac',
}


class Member:
    """A member's script with programs that write down how they are called, on a volume of a test."""

    def __init__(self, folder: Path, name: str, *, address: str = "10.0.0.7", rendered: Rendered | None = None) -> None:
        self.folder, self.data = folder, folder / "pgdata"
        scripts, programs = folder / "etc", folder / "bin"
        scripts.mkdir()
        programs.mkdir()
        for file, text in (rendered or three()).get("ConfigMap", "postgres-config")["data"].items():
            moved = re.sub("/etc/postgres(?!-)|/tmp(?=/)", lambda path: str({"/etc/postgres": scripts}.get(path[0], folder)), text)
            (scripts / file).write_text(moved)
        (scripts / "roles.sh").write_text('echo roles >> "$LOG"\nrm -f "$PGDATA.unfinished"\n')
        for program, text in PROGRAMS.items():
            (programs / program).write_text(f"#!/bin/sh\n{text}\n")
            (programs / program).chmod(stat.S_IRWXU)
        self.variables = {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "LOG": str(folder / "log"),
            "POD_NAME": name,
            "POD_IP": address,
            "PGDATA": str(self.data),
            "PGPORT": "5432",
            "REST_PORT": "8008",
            "POSTGRES_USER": "postgres",
            "POSTGRES_PASSWORD": "it's secret",
            "POSTGRES_INITDB_ARGS": "--auth-local=a --auth-host=b",
            "MEMORY_LIMIT": str(1024**3),
            "SHARED_BUFFERS_PERCENT": "25",
        }

    def run(self, script: str = "member.sh") -> list[str]:
        """What the programs wrote down."""
        command = ["sh", str(self.folder / "etc" / script)]
        subprocess.run(command, check=True, env=self.variables, timeout=30, stderr=subprocess.PIPE, text=True)
        return (self.folder / "log").read_text().splitlines()

    @property
    def settings(self) -> Mapping[str, Any]:
        """All files of the settings, as Patroni lays them over one another."""
        return {file.stem: yaml.safe_load(file.read_text()) for file in sorted((self.folder / "patroni").iterdir())}
