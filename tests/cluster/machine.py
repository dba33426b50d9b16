"""What the machine must have, said in plain words, and Debian's packages."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path

# Program → the Debian package that brings it.
_PROGRAMS = {
    "runc": "runc",
    "/usr/lib/cni/ptp": "containernetworking-plugins",
    "iptables": "iptables",
    "nft": "nftables",
    "ip": "iproute2",
    "conntrack": "conntrack",
    "nsenter": "util-linux",
    "openssl": "openssl",
    "mount": "mount",
}
_GO = (1, 21)
_SBIN = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])


def missing(what: str = "the node") -> list[str]:
    """What this machine lacks to run the node, or ``what``, each in plain words; empty when nothing is missing."""
    lacks = []
    if sys.platform != "linux":
        return [f"{what} needs Linux; this is {sys.platform}"]
    if os.geteuid() != 0:
        lacks.append(f"{what} needs root, for network namespaces, mounts and containers")
    if shutil.which("go") is None:
        lacks.append(f"Go is not installed: the programs of {what} are built from their Go modules")
    elif (version := _go_version()) < _GO:
        lacks.append(f"Go {version[0]}.{version[1]} is too old: from {_GO[0]}.{_GO[1]} on it fetches the one that the modules name")
    if platform.machine() != "x86_64":
        lacks.append(f"the images of {what} hold programs for x86_64; this is {platform.machine()}")
    if any(shutil.which(program) is None for program in ("apt-get", "apt-cache", "dpkg-deb")):
        lacks.append(f"no apt-get: the images of {what}, and what else is absent, come from Debian's packages")
    if os.geteuid() == 0 and not _can_make_namespaces():
        lacks.append("the kernel does not let this process make network namespaces and mounts")
    return lacks


@cache
def _can_make_namespaces() -> bool:
    unshare = shutil.which("unshare", path=_SBIN)
    if unshare is None:
        return False
    return subprocess.run([unshare, "--net", "--mount", "true"], check=False, capture_output=True).returncode == 0


@cache
def _go_version() -> tuple[int, int]:
    """Go's own version, without what it would fetch for a module."""
    environment = {**os.environ, "GOTOOLCHAIN": "local"}
    said = subprocess.run(["go", "env", "GOVERSION"], check=True, capture_output=True, text=True, cwd="/", env=environment).stdout
    major, minor = re.findall(r"\d+", said)[:2]
    return int(major), int(minor)


def _absent_packages() -> list[str]:
    absent = {package for program, package in _PROGRAMS.items() if shutil.which(program, path=_SBIN) is None}
    return sorted(absent)


def install_packages(progress: Callable[[str], None]) -> None:
    """Install what of the needed Debian packages is absent.

    Raises RuntimeError, with what apt-get said, when it cannot.
    """
    absent = _absent_packages()
    if absent:
        progress(f"installing {', '.join(absent)}")
        apt_get("install", "--yes", "--no-install-recommends", *absent)


def apt_get(*arguments: str, folder: Path | None = None, environment: Mapping[str, str] | None = None) -> str:
    """Run apt-get; after a failure once more with fresh package lists. Raises RuntimeError with what it said.

    ``folder`` is the working folder, into which ``apt-get download`` writes; ``environment`` are further variables.
    """
    done = _apt_get(arguments, folder, environment)
    if done.returncode != 0:
        _apt_get(["update"], None, environment)
        done = _apt_get(arguments, folder, environment)
    if done.returncode != 0:
        raise RuntimeError(f"apt-get {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def _apt_get(
    arguments: Iterable[str], folder: Path | None, environment: Mapping[str, str] | None
) -> subprocess.CompletedProcess[str]:
    own = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8", **(environment or {})}
    return subprocess.run(["apt-get", "--quiet", *arguments], cwd=folder, check=False, capture_output=True, text=True, env=own)
