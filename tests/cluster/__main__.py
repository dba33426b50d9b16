"""``python -m tests.cluster up|down|status``: a node kept for a developer, with what stands in for the platform's images."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.cluster.images import builder_of, image_names
from tests.cluster.machine import missing
from tests.cluster.node import Node, import_into
from tests.cluster.paths import HERE, run_folder
from tests.cluster.waiting import wait_for

_NAME = "castiel-dev"
_ROOT = HERE.parents[1]
_MANIFESTS = (_ROOT / "dist", _ROOT / "tests" / "snapshots" / "demo")
"""What the images are brought for in any case: the platform as it is committed, and the demo."""


def main() -> int:
    """Run one command; exit code 1 when it cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m tests.cluster", description=__doc__)
    parser.add_argument("command", choices=["up", "down", "status", "serve"])
    parser.add_argument("--metrics", action="store_true", help="with metrics-server")
    parser.add_argument(
        "--images",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="a folder of manifests: import what stands in for their images too, also into a node that is up",
    )
    options = parser.parse_args()
    if lacks := missing():
        print("\n".join(lacks), file=sys.stderr)
        return 1
    match options.command:
        case "up":
            return _up(metrics=options.metrics, folders=options.images)
        case "down":
            return _down()
        case "serve":
            return _serve(metrics=options.metrics, folders=options.images)
        case _:
            print("down" if (owner := _owner()) is None else f"up, by process {owner}")
            return 0


def _up(*, metrics: bool, folders: Sequence[Path]) -> int:
    try:  # before the node is made
        names = wanted_images(folders)
    except ValueError as problem:
        print(problem, file=sys.stderr)
        return 1
    if (owner := _owner()) is not None:
        if not _ready_file().exists():
            print(f"process {owner} is starting or ending a node; wait for it", file=sys.stderr)
            return 1
        print(f"# already up, by process {owner}")
        import_into(_NAME, names)
        print_next()
        return 0
    _ready_file().unlink(missing_ok=True)
    command = [sys.executable, "-m", "tests.cluster", "serve"]
    command += ["--metrics"] if metrics else []
    command += [word for folder in folders for word in ("--images", str(folder))]
    log = _ready_file().with_suffix(".log")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        keeper = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        _follow(log, keeper)
    except BaseException:  # Ctrl-C does not reach the keeper, which has a session of its own
        keeper.terminate()
        keeper.wait()
        raise
    if keeper.poll() is not None:
        return 1
    print_next()
    return 0


def _follow(log: Path, keeper: subprocess.Popen[bytes]) -> None:
    """Print what the keeper says until its node is up, or it has ended."""
    shown = 0
    ended = False
    while not ended and not _ready_file().exists():
        time.sleep(0.1)
        ended = keeper.poll() is not None
        text = log.read_text()
        print(text[shown:], end="", file=sys.stderr, flush=True)
        shown = len(text)


def _serve(*, metrics: bool, folders: Sequence[Path]) -> int:
    """Keep the node until SIGTERM; the enforcer and the provisioner live in this process."""
    names = wanted_images(folders)
    with Node(_NAME) as node:
        print(f"importing what stands in for {len(names)} images", file=sys.stderr, flush=True)
        node.provide_images(names)
        if metrics:
            node.add_metrics_server()
        _ready_file().write_text(str(os.getpid()))
        try:
            signal.pause()
        finally:
            _ready_file().unlink(missing_ok=True)
    return 0


def _down() -> int:
    owner = _owner()
    if owner is None:
        Node(_NAME).clean_up()  # what one whose keeper was killed has left
        print("no node is up")
        return 0
    os.kill(owner, signal.SIGTERM)
    wait_for("the node to end", lambda: _owner() is None, timeout=60)
    return 0


def _owner() -> int | None:
    """The process that keeps the node, if it lives: it holds the lock of the node's name."""
    return Node.owner(_NAME)


def _ready_file() -> Path:
    return run_folder(_NAME).with_suffix(".ready")


def wanted_images(folders: Sequence[Path]) -> set[str]:
    """The images that manifests name, those of these folders too.

    Raises ValueError for a folder without manifests, and for an image that nothing stands in for.
    """
    names: set[str] = set()
    for folder in (*_MANIFESTS, *folders):
        found = image_names(folder)
        if not found:
            raise ValueError(f"{folder}: no manifest there names an image; make them first, with make synth OUT={folder}")
        names |= found
    for name in sorted(names):
        builder_of(name)
    return names


def print_next() -> None:
    """What to do next; a shell can evaluate it as it is."""
    folder = run_folder(_NAME)
    print("# The API server answers inside the node's network namespace; these wrappers enter it:")
    print(f"export PATH={folder / 'bin'}:$PATH")
    print(f"export KUBECONFIG={folder / 'keys' / 'admin.kubeconfig'}")
    print("# Start the platform, watch it, draw how it went; what stands in for the images of dist/ and of the demo is there:")
    print("#   kubectl apply -f dist/")
    print("#   kubectl get pods -n castiel --watch")
    print("#   make timeline")
    print("# Other manifests: make cluster IMAGES=FOLDER brings what stands in for their images. The end of it: make cluster-down")


if __name__ == "__main__":
    sys.exit(main())
