"""A real PgBouncer outside of any pod, before a real PostgreSQL, with the settings and the script that the manifests give it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

from tests.cluster.images.packages import debian_packages
from tests.cluster.postgres_server import NOBODY, SERVICES, Server
from tests.cluster.postgres_tls import free_port
from tests.cluster.waiting import wait_for

_LIBRARIES = "usr/lib/x86_64-linux-gnu"
_PROGRAM = """\
#!/bin/sh
exec {root}/{libraries}/ld-linux-x86-64.so.2 --library-path {root}/{libraries} {root}/usr/sbin/pgbouncer "$@"
"""


def pgbouncer(root: Path) -> str:
    """Unpack PgBouncer of Debian 13 with its own C library; gives a script that runs it."""
    for package in debian_packages("pgbouncer", "libpam0g", "libaudit1", "libcap-ng0", "libc6", release="trixie"):
        subprocess.run(["dpkg-deb", "--extract", package, root], check=True)
    return _PROGRAM.format(root=root, libraries=_LIBRARIES)


@dataclass(frozen=True)
class Pooler:
    """A pooler before `server`, on a port of the loopback interface."""

    server: Server
    port: int

    def run(self, query: str, *, user: str, password: str, database: str = "") -> subprocess.CompletedProcess[str]:
        """Ask through it."""
        who = {"PGUSER": user, "PGPASSWORD": password, "PGDATABASE": database or self.server.database}
        return self.server.run("psql", "-XAtq", "--no-password", stdin=query, PGHOST="127.0.0.1", PGPORT=str(self.port), **who)

    def ask(self, query: str, *, user: str, password: str, database: str = "") -> str:
        """What a query gives. Raises LookupError with the pooler's words, or the server's."""
        done = self.run(query, user=user, password=password, database=database)
        if done.returncode != 0 or done.stderr:
            raise LookupError(done.stderr)
        return done.stdout.strip()


@contextmanager
def pooler_before(server: Server, program: str) -> Iterator[Pooler]:
    """A pooler by the manifests of a server that runs; `program` is the script that runs PgBouncer."""
    folder, port = server.folder / "pooler", free_port()
    folder.mkdir()
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    (server.folder / "bin" / "pgbouncer").write_text(program)
    (server.folder / "bin" / "pgbouncer").chmod(0o755)
    places = {
        "/etc/pooler-logins": str(server.folder / "logins"),
        "/etc/pooler": str(folder),
        "/tmp/": f"{folder}/",  # noqa: S108 - a volume of the pod
        "listen_port = 5432": f"listen_port = {port}",
        "listen_addr = *": "listen_addr = 127.0.0.1",
    }
    for name, text in server.rendered.get("ConfigMap", "postgres-pooler-config")["data"].items():
        placed = reduce(lambda whole, place: whole.replace(*place), places.items(), text)
        (folder / name).write_text(placed)
    variables = {
        "SERVER_HOST": str(server.folder),
        "SERVER_PORT": "5432",
        "PROBE_DATABASE": "pooler-probe",
        "PGDATABASE": server.database,
        "PGUSER": server.role,
        "PGPASSWORD": SERVICES,
    }
    root = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(  # type: ignore[call-overload]
            ["sh", str(folder / "start.sh")],
            env=server.variables | variables,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **root,
        )
    pooler = Pooler(server, port)
    try:
        probe = {"user": server.role, "password": SERVICES, "database": "pooler-probe"}
        explain = (folder / "log").read_text
        wait_for("the pooler", lambda: pooler.ask("SELECT 1", **probe), timeout=30, explain=explain)
        yield pooler
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
