"""A real PostgreSQL that can TLS, outside of any pod: Debian's, as that of the other tests was built without."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.images.packages import debian_packages
from tests.cluster.postgres_server import NOBODY, OWN_SETTINGS, Server

_BIN = "usr/lib/postgresql/15/bin"
_OF_THE_MACHINE = ("libc6_", "libc-bin_", "locales_", "libc-l10n_", "libgcc-s1_", "libstdc++6_")


def programs_with_tls(folder: Path) -> Path:
    """Unpack PostgreSQL 15 of the machine's Debian, and what it needs; gives the folder of its programs."""
    for package in debian_packages("postgresql-15", "libpam0g"):
        if not package.name.startswith(_OF_THE_MACHINE):
            subprocess.run(["dpkg-deb", "--extract", package, folder], check=True)
    return folder / _BIN


def free_port() -> int:
    """A port of the loopback interface on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class ServerWithTls(Server):
    """Such a server; it listens on the loopback interface too."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.variables["PGPORT"] = str(free_port())
        self.variables["LD_LIBRARY_PATH"] = str(self.programs.parents[4] / "usr/lib/x86_64-linux-gnu")
        shim = self.folder / "bin" / "sleep"
        shim.write_text('#!/bin/sh\nexec /bin/sleep "0.2"\n')  # a test need not wait as long as a renewal may take
        shim.chmod(0o755)

    def entry_point(self) -> str:
        own = f"{OWN_SETTINGS} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
        first, rest = super().entry_point().split("\n", 1)
        return f'{first}\nset -- "$@" {own}\n{rest}'

    def settings_of_volume(self) -> str:
        return ""  # its initdb knows no settings

    def mount(self, secret: Mapping[str, str]) -> None:
        """Give it these files as the kubelet does: root's, for its group to read, and all of them at once."""
        folder = self.folder / "tls"
        folder.mkdir(exist_ok=True)
        data = folder / f"..{len(list(folder.iterdir()))}"
        data.mkdir()
        for name, text in secret.items():
            (data / name).write_text(text)
            (data / name).chmod(0o640)
            if os.geteuid() == 0:
                os.chown(data / name, 0, NOBODY)
        (folder / "new").symlink_to(data.name)
        (folder / "new").rename(folder / "..data")
        for name in ("tls.crt", "tls.key"):
            link = folder / name
            if not link.is_symlink():
                link.symlink_to(f"..data/{name}")

    def connect(self, *, user: str = "", password: str, host: str = "postgres", **variables: str) -> str:
        """The version of TLS of a connection over TCP, in one word, or why there is none."""
        who = {"PGUSER": user or self.role, "PGPASSWORD": password, "PGDATABASE": self.database}
        where = {"PGHOST": host, "PGHOSTADDR": "127.0.0.1"}
        ask = "SELECT coalesce(version, 'plain') FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        done = self.run("psql", "-XAtq", "--no-password", "--command", ask, **who, **where, **variables)
        return done.stdout.strip() if done.returncode == 0 else done.stderr.strip().splitlines()[0]
