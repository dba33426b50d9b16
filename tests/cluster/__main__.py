"""``python -m tests.cluster up|down|status``: a node kept for a developer."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.cluster.machine import missing
from tests.cluster.node import Node
from tests.cluster.paths import run_folder
from tests.cluster.waiting import wait_for

_NAME = "castiel-dev"


def main() -> int:
    """Run one command; exit code 1 when it cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m tests.cluster", description=__doc__)
    parser.add_argument("command", choices=["up", "down", "status", "serve"])
    parser.add_argument("--metrics", action="store_true", help="with metrics-server")
    parser.add_argument("--images", type=Path, help="a folder of manifests: import what stands in for their images")
    options = parser.parse_args()
    if lacks := missing():
        print("\n".join(lacks), file=sys.stderr)
        return 1
    match options.command:
        case "up":
            return _up(metrics=options.metrics, folder=options.images)
        case "down":
            return _down()
        case "serve":
            return _serve(metrics=options.metrics, folder=options.images)
        case _:
            print("down" if (owner := _owner()) is None else f"up, by process {owner}")
            return 0


def _up(*, metrics: bool, folder: Path | None) -> int:
    if (owner := _owner()) is not None:
        if not _ready_file().exists():
            print(f"process {owner} is starting or ending a node; wait for it", file=sys.stderr)
            return 1
        print(f"already up, by process {owner}")
        _print_environment()
        return 0
    _ready_file().unlink(missing_ok=True)
    command = [sys.executable, "-m", "tests.cluster", "serve"]
    command += ["--metrics"] if metrics else []
    command += ["--images", str(folder)] if folder else []
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
    _print_environment()
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


def _serve(*, metrics: bool, folder: Path | None) -> int:
    """Keep the node until SIGTERM; the enforcer and the provisioner live in this process."""
    with Node(_NAME) as node:
        if folder is not None:
            node.provide_images_of(folder)
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


def _print_environment() -> None:
    folder = run_folder(_NAME)
    print("# the API server answers inside the node's network namespace; these wrappers enter it")
    print(f"export PATH={folder / 'bin'}:$PATH")
    print(f"export KUBECONFIG={folder / 'keys' / 'admin.kubeconfig'}")


if __name__ == "__main__":
    sys.exit(main())
