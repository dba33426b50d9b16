"""Draw how the platform started: `python -m scripts.timeline [--namespace NAME] [--minutes N] [--svg FILE] [--pods FILE]`.

Reads the pods with kubectl, from the cluster that KUBECONFIG names, and what tells why some of them do not start: events,
Deployments and StatefulSets. Or from a file that `kubectl get pods,deployments,statefulsets,events -o json` wrote.
"""

import argparse
import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tierwright.timeline import draw_svg, draw_text, read_start

_KINDS = "pods,deployments,statefulsets,events"


def main() -> int:
    parser = argparse.ArgumentParser(description="Draw how the platform started.")
    parser.add_argument("--namespace", default="castiel")
    parser.add_argument("--pods", type=Path, help="a list as JSON, in place of asking the cluster")
    parser.add_argument("--svg", type=Path, help="write a picture too")
    parser.add_argument("--minutes", type=float, help="begin so many minutes ago, for pods that started anew")
    given = parser.parse_args()
    now = datetime.now(UTC)
    since = now - timedelta(minutes=given.minutes) if given.minutes else None
    try:
        if given.pods:
            start = read_start(json.loads(given.pods.read_bytes()), since=since)
        else:
            start = read_start(_ask(given.namespace), now=now, since=since)
    except FileNotFoundError as error:
        print(f"{error.filename}: not found; name a file, or put kubectl on the PATH", file=sys.stderr)
        return 2
    except subprocess.CalledProcessError:
        return 2  # kubectl has said why
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    print(draw_text(start, width=shutil.get_terminal_size((120, 40)).columns), end="")
    if given.svg:
        given.svg.write_text(draw_svg(start, title=given.namespace), encoding="utf-8")
    return 0


def _ask(namespace: str) -> Any:
    """What the cluster knows. Who may see pods only gets those; kubectl has said what is refused.

    Raises CalledProcessError when there is no answer at all, FileNotFoundError without kubectl.
    """
    command = ["kubectl", "get", _KINDS, "--namespace", namespace, "--output", "json"]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE)
    if not done.stdout.strip():
        raise subprocess.CalledProcessError(done.returncode, command)
    return json.loads(done.stdout)


if __name__ == "__main__":
    sys.exit(main())
