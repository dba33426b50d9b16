"""`timeline`: how a platform started in a cluster.

Reads the pods with kubectl, from the cluster that KUBECONFIG names, and what explains why some of them do not start: events,
Deployments and StatefulSets. Or from a file that `kubectl get pods,deployments,statefulsets,events -o json` wrote.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tierwright.cli.ended import DONE, WRONG, printed, refused
from tierwright.cli.parser import parser
from tierwright.timeline import draw_svg, draw_text, read_start

_KINDS = "pods,deployments,statefulsets,events"


def run(arguments: Sequence[str]) -> int:
    """Run the command; gives the exit code."""
    options = parser("tierwright timeline", "Draw how a platform started.")
    options.add_argument("--namespace", default="", help="where the platform runs; else the namespace of kubectl's context")
    options.add_argument("--pods", type=Path, help="a list as JSON, in place of asking the cluster")
    options.add_argument("--svg", type=Path, help="write a picture too")
    options.add_argument("--minutes", type=float, help="begin so many minutes ago, for pods that started again")
    given = options.parse_args(arguments)
    now = datetime.now(UTC)
    since = now - timedelta(minutes=given.minutes) if given.minutes else None
    try:
        if given.pods:
            start = read_start(json.loads(given.pods.read_bytes()), since=since)
        else:
            start = read_start(_ask(given.namespace), now=now, since=since)
    except FileNotFoundError as error:
        return refused(f"{error.filename}: not found; name a file, or put kubectl on the PATH")
    except subprocess.CalledProcessError:
        return WRONG  # kubectl has said why
    except ValueError as error:
        return refused(error)
    printed(draw_text(start, width=shutil.get_terminal_size((120, 40)).columns))
    if given.svg:
        given.svg.write_text(draw_svg(start, title=given.namespace or "the start"), encoding="utf-8")
    return DONE


def _ask(namespace: str) -> Any:
    """The lists from the cluster. A user who may see only pods gets those; kubectl has reported what is refused.

    Raises CalledProcessError when there is no answer at all, FileNotFoundError without kubectl.
    """
    command = ["kubectl", "get", _KINDS, *(["--namespace", namespace] if namespace else []), "--output", "json"]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE)
    if not done.stdout.strip():
        raise subprocess.CalledProcessError(done.returncode, command)
    return json.loads(done.stdout)
