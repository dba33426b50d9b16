"""Where the programs inside images come from: Debian packages, and a wheel with PostgreSQL's binaries."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import urllib.request
from pathlib import Path
from urllib.parse import urljoin

from tests.cluster.machine import apt_get
from tests.cluster.paths import cache

# What packages need only to be configured on a machine; an image is files alone.
_LEFT_OUT = re.compile(
    r"^(adduser|debconf|cdebconf|dpkg|init-system-helpers|install-info|libpam.*|login|logrotate|lsb-base|openssl"
    r"|passwd|perl.*|python3.*|libpython3.*|sysvinit-utils|tar|usrmerge|usr-is-merged|gcc-12-base|libaudit.*"
    r"|media-types|procps|cron.*|systemd.*|libsemanage.*|debianutils|base-passwd)$"
)
_QUIET = [f"--no-{kind}" for kind in ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances")]


def debian_packages(*names: str) -> list[Path]:
    """These Debian packages and what they depend on, downloaded once into the cache.

    Raises RuntimeError when apt cannot find or fetch one.
    """
    folder = cache() / "packages"
    folder.mkdir(exist_ok=True)
    closure = _closure(names)
    files = []
    lines = apt_get("download", "--print-uris", *closure).splitlines()
    wanted: list[str] = []
    for line in lines:
        match = re.match(r"'[^']+' (\S+) \d+", line)
        if match:
            path = folder / match.group(1)
            files.append(path)
            if not path.exists():
                wanted.append(match.group(1).split("_", 1)[0])
    if wanted:
        apt_get("download", *wanted, folder=folder)
    return sorted(files)


def _closure(names: tuple[str, ...]) -> list[str]:
    """The packages and all that they depend on; of alternatives the first."""
    command = ["apt-cache", "depends", "--recurse", *_QUIET, *names]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        apt_get("update")
        done = subprocess.run(command, check=True, capture_output=True, text=True)
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


def wheel(*, project: str, file: str, sha256: str) -> Path:
    """A wheel from the Python package index, downloaded once and checked. Raises RuntimeError when it is not the one."""
    target = cache() / "packages" / file
    target.parent.mkdir(exist_ok=True)
    if not target.exists():
        index = f"{os.environ.get('PIP_INDEX_URL', 'https://pypi.org/simple').rstrip('/')}/{project}/"
        with urllib.request.urlopen(index, timeout=60) as page:  # noqa: S310 - the configured package index
            match = re.search(rf'href="([^"]*{re.escape(file)}[^"]*)"', page.read().decode())
        if match is None:
            raise RuntimeError(f"{index} does not offer {file}")
        with urllib.request.urlopen(urljoin(index, match.group(1)), timeout=180) as answer:  # noqa: S310 - likewise, and checked below
            content: bytes = answer.read()
        if hashlib.sha256(content).hexdigest() != sha256:
            raise RuntimeError(f"{file} is not the file that was pinned: its SHA-256 differs")
        partial = target.with_suffix(".partial")
        partial.write_bytes(content)
        partial.rename(target)
    return target
