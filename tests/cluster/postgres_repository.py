"""pgBackRest, of Debian 13, and what archives and backs a real PostgreSQL up with it outside of any pod."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cluster.images.servers import PGBACKREST, pgbackrest_packages
from tests.cluster.object_store import BUCKET, ID, KEY, ObjectStore
from tests.cluster.postgres_backups import ON, Backups
from tests.cluster.postgres_server import NOBODY
from tests.cluster.waiting import wait_for

PASSPHRASE = "the passphrase of 'all'"  # noqa: S105 - of a test
WITH_PGBACKREST: dict[str, dict[str, Any]] = {
    "postgres": {
        **ON["postgres"],
        "image": {"repository": "castiel.test/postgres-patroni"},
        "backup": {
            **ON["postgres"]["backup"],
            "method": "pgbackrest",
            "archiveTimeoutSeconds": 3600,
            "repository": {"claim": "repository", "passphrase": {"name": "repository"}},
        },
    }
}
"""The values under which pgBackRest backs up, encrypted, to a volume."""


def in_bucket(store: ObjectStore, values: dict[str, dict[str, Any]] = WITH_PGBACKREST) -> dict[str, dict[str, Any]]:
    """The same values, with a bucket in the place of the volume."""
    place = {"host": store.address, "port": store.port, "bucket": BUCKET, "uriStyle": "path"}
    secrets = {"secret": {"name": "bucket", "idKey": "id", "secretKey": "key"}, "ca": {"name": "bucket", "key": "ca.crt"}}
    own = values["postgres"]
    repository = {"s3": {**place, **secrets}, "passphrase": own["backup"]["repository"]["passphrase"]}
    return {"postgres": {**own, "backup": {**own["backup"], "repository": repository}}}


def pgbackrest(folder: Path) -> None:
    """Unpack pgBackRest below this folder, with a program of its name in it."""
    for package in pgbackrest_packages():
        subprocess.run(["dpkg-deb", "--extract", package, folder / "root"], check=True)
    program = folder / "pgbackrest"
    program.write_text(PGBACKREST.format(root=folder / "root"))
    program.chmod(0o755)


@dataclass
class Archives(Backups):
    """The repository of a server, below `folder`, and all that works on it.

    `program` is the folder of pgBackRest, `authority` the certificate of a bucket's.
    """

    program: Path = Path()
    authority: Path = Path()

    def __post_init__(self) -> None:
        super().__post_init__()
        self.repository.mkdir()
        config = self.folder / "backup" / "pgbackrest.conf"
        text = self.rendered.get("ConfigMap", self.scripts)["data"][config.name]
        text = re.sub("(?<==)/(tmp|repository)", rf"{self.folder}/\1", text).replace("/etc/backup-ca/ca.crt", str(self.authority))
        config.write_text(text)
        if os.geteuid() == 0:
            os.chown(self.repository, NOBODY, NOBODY)
        self.server.further = {"/etc/backup": self.folder / "backup"}
        self.server.variables |= {
            "PATH": f"{self.program}:{self.server.variables['PATH']}",
            "DATA_SERVICE": "postgres",
            **self._of_repository(),
        }

    @property
    def repository(self) -> Path:
        """Where the volume is."""
        return self.folder / "repository"

    def stored(self, *below: str) -> list[str]:
        """The names of what is in a folder of the repository."""
        folder = self.repository.joinpath("castiel", *below)
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []

    def wal(self, named: str) -> list[Path]:
        """The files of WAL in the repository whose names end so; it may be a pattern. Those that are being written do not count."""
        found = (self.repository / "castiel" / "archive").glob(f"*/*/*/*{named}")
        return sorted(path for path in found if path.suffix != ".tmp")

    def lose_wal(self, segment: str) -> None:
        """Remove a segment as soon as it is archived."""
        wait_for(f"{segment} to be archived", lambda: self.wal(f"{segment}-*"), timeout=30, explain=lambda: self.log)
        (file,) = self.wal(f"{segment}-*")
        file.unlink()

    def watch(self) -> None:
        """Start the container beside the server, and wait until it has opened the archive."""
        before = self.log.count("is open") if (self.folder / "log").exists() else 0
        self.start_beside("StatefulSet", "postgres", "backup")
        wait_for("the archive to be open", lambda: self.log.count("is open") > before, timeout=60, explain=lambda: self.log)

    def _of_repository(self) -> dict[str, str]:
        return {
            "PGBACKREST_CONFIG": str(self.folder / "backup" / "pgbackrest.conf"),
            "PGBACKREST_REPO1_CIPHER_PASS": PASSPHRASE,
            "PGBACKREST_REPO1_S3_KEY": ID,
            "PGBACKREST_REPO1_S3_KEY_SECRET": KEY,
        }

    def _variables(self, kind: str, name: str, rendered: Any = None, *, container: str = "") -> dict[str, str]:
        socket = {"PGBACKREST_PG1_SOCKET_PATH": str(self.server.folder)}
        return super()._variables(kind, name, rendered, container=container) | self._of_repository() | socket
