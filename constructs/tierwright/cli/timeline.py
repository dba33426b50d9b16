"""`timeline`: how a platform started in a cluster.

Reads the pods with kubectl, from the cluster that KUBECONFIG names, and what explains why some of them do not start: events,
Deployments and StatefulSets. Or from a file that `kubectl get pods,deployments,statefulsets,events -o json` wrote.
"""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from argparse import ArgumentTypeError, Namespace
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tierwright.cli.ended import WRONG, ended, printed
from tierwright.cli.parser import parser
from tierwright.process.ending import FailureError
from tierwright.timeline import draw_svg, draw_text, objects_of, read_start

_KINDS = "pods,deployments,statefulsets,events"
_MOST_MINUTES = 1_000_000
"""About two years. Of more than that there are no times."""


def run(arguments: Sequence[str]) -> int:
    """Run the command; gives the exit code."""
    options = parser("tierwright timeline", "Draw how a platform started.")
    options.add_argument("--namespace", default="", help="where the platform runs; else the namespace of kubectl's context")
    options.add_argument("--pods", type=Path, help="a list as JSON, or a pod, in place of asking the cluster")
    options.add_argument("--svg", type=Path, help="write a picture too")
    options.add_argument("--minutes", type=_minutes, help="begin so many minutes ago, for pods that started again")
    given = options.parse_args(arguments)
    try:
        return ended(lambda: _run(given))
    except subprocess.CalledProcessError:
        return WRONG  # kubectl has said why


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = math.nan
    if not 0 < minutes <= _MOST_MINUTES:
        raise ArgumentTypeError(f"{text!r} is not allowed; allowed: a number above 0, up to {_MOST_MINUTES}")
    return minutes


def _run(given: Namespace) -> None:
    now = datetime.now(UTC)
    since = now - timedelta(minutes=given.minutes) if given.minutes else None
    listed = _read(given.pods) if given.pods else _ask(given.namespace)
    try:
        start = read_start(listed, now=None if given.pods else now, since=since)
    except ValueError as error:
        raise FailureError(str(error)) from None
    printed(draw_text(start, width=shutil.get_terminal_size((120, 40)).columns))
    if given.svg:
        try:
            given.svg.write_text(draw_svg(start, title=given.namespace or "the start"), encoding="utf-8")
        except OSError as error:
            raise FailureError(f"{given.svg}: cannot be written: {error.strerror}; name another file with --svg") from None


def _read(file: Path) -> Any:
    """The list that a file holds; a pod by itself is a list of one."""
    try:
        return {"items": objects_of(json.loads(file.read_bytes()))}
    except OSError as error:
        said = f"{file}: cannot be read: {error.strerror}"
    except json.JSONDecodeError as error:
        said = f"{file}:{error.lineno}: is no JSON: {error.msg}"
    except UnicodeDecodeError:
        said = f"{file}: is no JSON"
    except RecursionError:
        said = f"{file}: is nested too deep"
    except ValueError as error:
        said = f"{file}: {error}"
    raise FailureError(f"{said}; name one that `kubectl get {_KINDS} -o json` wrote")


def _ask(namespace: str) -> Any:
    """The lists from the cluster. A user who may see only pods gets those; kubectl has reported what is refused.

    Raises CalledProcessError when there is no answer at all.
    """
    command = ["kubectl", "get", _KINDS, *(["--namespace", namespace] if namespace else []), "--output", "json"]
    try:
        done = subprocess.run(command, check=False, stdout=subprocess.PIPE)
    except FileNotFoundError:
        raise FailureError("kubectl: not found; name a file, or put kubectl on the PATH") from None
    if not done.stdout.strip():
        raise subprocess.CalledProcessError(done.returncode, command)
    return json.loads(done.stdout)
