"""A real PostgreSQL 16 outside of any pod, with the scripts and the variables that the manifests give to the one inside."""

from __future__ import annotations

import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.cluster.images.packages import wheel
from tests.cluster.images.servers import POSTGRES_WHEEL
from tests.cluster.waiting import wait_for
from tests.rendering import Rendered, render

NOBODY = 65534
"""PostgreSQL does not run as root."""

ADMINISTRATOR, SERVICES = "the administrator's", "it's \"the\" $ervices' \\ one"
"""Passwords of which no quoting may be forgotten."""


def lacks() -> str:
    """What this machine lacks to run it, in words."""
    here = (sys.platform, platform.machine())
    return "" if here == ("linux", "x86_64") else f"PostgreSQL's binaries are for Linux on x86_64; this is {here}"


OWN_SETTINGS = "-c fsync=off -c dynamic_shared_memory_type=mmap"
"""Servers that are killed would leave the machine's shared memory behind."""

ENTRY_POINT = Path(__file__).with_name("images") / "scripts" / "postgres.sh"
PROGRAMS = "pgserver/pginstall/bin"


def programs(folder: Path) -> None:
    """Unpack PostgreSQL's programs below this folder."""
    with zipfile.ZipFile(wheel(**POSTGRES_WHEEL)) as archive:
        archive.extractall(folder)
    for program in (folder / PROGRAMS).iterdir():
        program.chmod(0o755)


@dataclass
class Server:
    """A server whose data, socket and scripts are below `folder`, on a port of its own on that socket alone.

    `further` are folders of the pod that are elsewhere here.
    """

    folder: Path
    programs: Path
    database: str = "castiel"
    role: str = "coder"
    variables: dict[str, str] = field(default_factory=dict)
    rendered: Rendered = field(default_factory=render)
    further: dict[str, Path] = field(default_factory=dict)
    _container: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        pod = self.rendered.variables("StatefulSet", "postgres")
        self.variables = {
            "PATH": f"{self.folder / 'bin'}:{self.programs}:{os.environ['PATH']}",
            "LC_ALL": "C.UTF-8",
            "PGDATA": str(self.folder / "data"),
            "PGHOST": str(self.folder),
            "PGPORT": "5432",
            "POSTGRES_USER": str(pod["POSTGRES_USER"]["value"]),
            "POSTGRES_INITDB_ARGS": str(pod["POSTGRES_INITDB_ARGS"]["value"]),
            "POSTGRES_PASSWORD": ADMINISTRATOR,
            "POSTGRES_DB": self.database,
            "SERVICES_USER": self.role,
            "SERVICES_PASSWORD": SERVICES,
        }
        for name in ("scripts", "bin"):
            (self.folder / name).mkdir()
        self.configure(self.rendered)

    def configure(self, rendered: Rendered) -> None:
        """Mount the ConfigMap of these manifests, and start the next container by them."""
        self.rendered = rendered
        shutil.rmtree(self.folder / "scripts")
        (self.folder / "scripts").mkdir()
        for name, text in rendered.get("ConfigMap", "postgres-config")["data"].items():
            (self.folder / "scripts" / name).write_text(self._placed(text))

    def _placed(self, script: str) -> str:
        """A script with the pod's paths replaced by those below `folder`."""
        below = {
            "/etc/postgres-tls": "tls",
            "/etc/postgres-logins": "logins",
            "/tmp/pg_hba.conf": "rules",  # noqa: S108 - a volume of the pod
            "/etc/postgres": "scripts",
            "/docker-entrypoint-initdb.d": "at-first",
            "/var/lib/postgresql/data/.lock": ".lock",
        }
        for path, name in below.items():
            script = script.replace(path, str(self.folder / name))
        for path, here in self.further.items():
            script = script.replace(path, str(here))
        return script

    @property
    def client(self) -> dict[str, str]:
        """The variables of a program of the services, where no password is asked for."""
        return self.variables | {"PGUSER": self.role, "PGDATABASE": self.database}

    @property
    def log(self) -> str:
        """All that the server has logged: every statement, unless a session keeps it out."""
        return (self.folder / "log").read_text()

    def run(self, *command: str | Path, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a program as the server's own user."""
        given = {"env": self.variables | variables, "capture_output": True, "text": True, "timeout": 120}
        root = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        return subprocess.run(command, check=False, input=stdin, cwd="/", **given, **root)  # type: ignore[call-overload,no-any-return]

    def initialize(self, first: str, *arguments: str) -> None:
        """Make the data folder, as the image does, with this first superuser, whose password is the administrator's."""
        if os.geteuid() == 0:
            os.chown(self.folder, NOBODY, NOBODY)
        (self.folder / "password").write_text(ADMINISTRATOR)
        (self.folder / "password").chmod(0o644)
        made = self.run("initdb", "--no-sync", f"--username={first}", f"--pwfile={self.folder / 'password'}", *arguments)
        assert made.returncode == 0, made.stderr
        with (self.folder / "data" / "pg_hba.conf").open("a") as rules:
            rules.write("\nhost all all all scram-sha-256\n")

    def hurry(self) -> None:
        """Let what waits, beside it or for it, look more often than in a pod."""
        shim = self.folder / "bin" / "sleep"
        shim.write_text("#!/bin/sh\nexec /bin/sleep 0.2\n")
        shim.chmod(0o755)

    def start(self) -> None:
        """Start it, with everything logged."""
        options = f"-k {self.folder} -c listen_addresses='' -c log_statement=all {OWN_SETTINGS}"
        done = self.run("pg_ctl", "-w", "-l", self.folder / "log", "-o", options, "start", stdin="")
        assert done.returncode == 0, self.log

    def entry_point(self) -> str:
        """The image's entry point."""
        return ENTRY_POINT.read_text()

    def settings_of_volume(self) -> str:
        """What initdb writes into the settings of a new volume."""
        return f"{OWN_SETTINGS} -c listen_addresses='' -c unix_socket_directories={self.folder}"

    def start_container(self, **variables: str) -> subprocess.Popen[bytes]:
        """Start what runs in the pod's container: its start script, and the image's entry point below that."""
        if os.geteuid() == 0:
            os.chown(self.folder, NOBODY, NOBODY)
        entry = self.folder / "bin" / "docker-entrypoint.sh"
        entry.write_text(self._placed(self.entry_point()))
        entry.chmod(0o755)
        (self.folder / "at-first").mkdir(exist_ok=True)
        shutil.copy(self.folder / "scripts" / "roles.sh", self.folder / "at-first" / "10-roles.sh")
        given = {
            "POSTGRES_INITDB_ARGS": f"{self.variables['POSTGRES_INITDB_ARGS']} --no-sync {self.settings_of_volume()}",
            "MAX_CONNECTIONS": "20",
            "MEMORY_LIMIT": str(2**28),
            "SHARED_BUFFERS_PERCENT": "25",
        }
        root = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        with (self.folder / "log").open("ab") as log:
            self._container = subprocess.Popen(  # type: ignore[call-overload]
                [self._placed(part) for part in self.rendered.container("StatefulSet", "postgres")["command"]],
                env=self.variables | given | variables,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **root,
            )
        return self._container

    def stop_container(self) -> None:
        """Kill all that runs in the container. A temporary server has left its group."""
        if self._container is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._container.pid, signal.SIGKILL)
            self._container.wait()
        self.stop()

    def stop(self) -> None:
        """Stop it at once."""
        self.run("pg_ctl", "-w", "-m", "immediate", "stop")

    def copied_from(self, older: Path) -> None:
        """Take the data folder of a server that has stopped."""
        shutil.copytree(older, self.folder / "data", symlinks=True)
        with (self.folder / "data" / "postgresql.conf").open("a") as settings:
            settings.write(f"\nlisten_addresses = ''\nunix_socket_directories = '{self.folder}'\n")
        for path in [self.folder, self.folder / "data", *(self.folder / "data").rglob("*")]:
            if os.geteuid() == 0:
                os.chown(path, NOBODY, NOBODY, follow_symlinks=False)

    def separate(self, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run roles.sh, as the image and users do."""
        return self.run("sh", self.folder / "scripts" / "roles.sh", **variables)

    def ask(
        self, query: str, *, user: str = "", password: str = "", database: str = "", given: Mapping[str, str] | None = None
    ) -> str:
        """What a query gives, asked by the services' role unless said otherwise. Raises LookupError with the server's words."""
        as_administrator = user == self.variables["POSTGRES_USER"]
        who = {
            "PGUSER": user or self.role,
            "PGPASSWORD": password or (ADMINISTRATOR if as_administrator else SERVICES),
            "PGDATABASE": database or self.database,
        }
        variables = [f"--set={name}={value}" for name, value in (given or {}).items()]
        done = self.run("psql", "-XAtq", "--no-password", "--set=ON_ERROR_STOP=1", *variables, stdin=query, **who)
        if done.returncode != 0:
            raise LookupError(done.stderr)
        return done.stdout.strip()

    def administer(self, query: str, database: str = "") -> str:
        """What a query gives to the administrator."""
        return self.ask(query, user=self.variables["POSTGRES_USER"], database=database)

    def switch_wal(self) -> str:
        """Begin a new segment of WAL; the name of the one that ended."""
        return self.administer("SELECT pg_walfile_name(pg_switch_wal())")

    def dump(self, user: str, database: str = "") -> list[str]:
        """All that a database holds, with owners and privileges, as a superuser sees it; the roles of a policy sorted."""
        who = {"PGUSER": user, "PGPASSWORD": ADMINISTRATOR, "PGDATABASE": database or self.database}
        done = self.run("pg_dump", "--no-password", **who)
        assert done.returncode == 0, done.stderr
        lines = [line for line in done.stdout.splitlines() if line and not line.startswith("--")]
        return [
            re.sub(r"(?<= TO )[\w, ]+(?= USING)", lambda found: ", ".join(sorted(found[0].split(", "))), line) for line in lines
        ]


Maker = Callable[..., Server]
"""Makes a server that has no data yet: by the role of the services, the database, and the manifests."""

Begun = Callable[[Rendered], Path]
"""Gives the data folder of a server that has made its first start by these manifests, and has stopped since."""

GOING_ON = "the first start was broken off: going on with it\n"
ANEW = "the first start was broken off before there was a database: beginning anew\n"
_KILLED = """\
#!/bin/sh
n=$(($(cat {count} 2> /dev/null || echo 0) + 1))
echo $n > {count}
[ $n -ne {call} ] || [ {after} = 1 ] || kill -9 0
{program} "$@" || exit
[ $n -ne {call} ] || kill -9 0
"""
"""A program at whose n-th call all of the container dies, before it does anything or when all is done."""


def begin(server: Server, **variables: str) -> bool:
    """Start the pod's container, and wait until its server lets clients in: True, or until it ends."""
    container = server.start_container(**variables)

    def is_up() -> bool:
        lines = (server.folder / "data" / "postmaster.pid").read_text().splitlines()
        return lines[0] == str(container.pid) and lines[-1].strip() == "ready"  # the temporary server is a child

    wait_for("a server, or an end", lambda: container.poll() is not None or is_up(), timeout=60, explain=lambda: server.log)
    return container.returncode is None


def is_killed(server: Server, program: str, call: int) -> bool:
    """Start the pod's container; all of it dies at the n-th call of a program. False: it starts with fewer calls."""
    shim = server.folder / "bin" / program
    shim.write_text(_KILLED.format(count=server.folder / "count", call=call, after=call % 2, program=server.programs / program))
    shim.chmod(0o755)
    if begin(server):
        return False
    server.stop_container()
    shim.unlink()
    return True


def times_until_false(ask: Callable[[int], bool], *, at_once: int = 4) -> int:
    """How many of 1, 2, 3 and so on are true until the first is not; some are asked at a time, as a server's start is waiting."""
    with ThreadPoolExecutor(at_once) as pool:
        for first in range(1, 40, at_once):
            answers = list(pool.map(ask, range(first, first + at_once)))
            if not all(answers):
                return first - 1 + answers.index(False)
    message = "there is no end"
    raise AssertionError(message)
