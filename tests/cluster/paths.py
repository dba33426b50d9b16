"""Where built programs, images and the running node are kept: one cache folder outside the checkout."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent


def cache() -> Path:
    """The cache folder: ``CASTIEL_CACHE``, or ``~/.cache/castiel``. Made if it is absent."""
    folder = Path(os.environ.get("CASTIEL_CACHE") or Path.home() / ".cache" / "castiel").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Keep others out of a part of the cache: test runs on one machine share it. ``name`` is that of a file there."""
    with (cache() / name).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run_folder(name: str) -> Path:
    """The folder of the node called ``name``. Sockets live below it, so its path has to stay short."""
    return cache() / "run" / name


def shim_folder(name: str) -> Path:
    """Where containerd's shims of the node called ``name`` have their sockets: it takes no path of over 42 letters."""
    return Path("/run") / name


NETWORK_RESULTS = Path("/var/lib/cni/results")
"""Where the network plugins' library notes the network of each pod; containerd cannot tell it another place."""
