"""What cyclonus, an evaluator of NetworkPolicies that others wrote, says of policies and connections.

https://github.com/mattfenwick/cyclonus. It reads policies and connections from files and needs no cluster.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path

from tests.cluster.api import Object
from tests.cluster.tools import tool
from tests.connectivity import Connection
from tests.policies import Labels, Listener, Party

_VERDICT = re.compile(r"^\|\s*IS ALLOWED\?\s*\|\s*(TRUE|FALSE)\s*\|", re.MULTILINE)


def let_through(
    policies: Iterable[Object],
    namespaces: Mapping[str, Labels],
    *,
    sources: Iterable[Party],
    targets: Iterable[Party],
    ports: Sequence[tuple[int, str]],
) -> set[Connection]:
    """Those connections from a source to another target, on one of the ports, that cyclonus would let through.

    ``namespaces`` holds the labels of each namespace by its name. Raises RuntimeError with the words of cyclonus.
    """
    asked = [(source, (target, *at)) for source, target in product(sources, targets) if source is not target for at in ports]
    answers = _verdicts(policies, [_traffic(source, listener, namespaces) for source, listener in asked])
    return {
        (source.name, target.name, port, protocol)
        for (source, (target, port, protocol)), answer in zip(asked, answers, strict=True)
        if answer
    }


def _verdicts(policies: Iterable[Object], questions: Sequence[Object]) -> list[bool]:
    listed = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicyList", "items": list(policies)}
    with tempfile.TemporaryDirectory() as folder:
        files = {"--policy-path": Path(folder) / "policies.json", "--traffic-path": Path(folder) / "traffic.json"}
        for path, content in zip(files.values(), (listed, questions), strict=True):
            path.write_text(json.dumps(content))
        options = [word for option, path in files.items() for word in (option, str(path))]
        command = [str(tool("cyclonus")), "analyze", "--mode", "query-traffic", *options]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise RuntimeError(f"cyclonus: exit {done.returncode}\n{done.stderr[-2000:]}")
    answers = [verdict == "TRUE" for verdict in _VERDICT.findall(done.stdout)]
    if len(answers) != len(questions):
        raise RuntimeError(f"cyclonus answered {len(answers)} of {len(questions)} questions:\n{done.stdout[-2000:]}")
    return answers


def _traffic(source: Party, listener: Listener, namespaces: Mapping[str, Labels]) -> Object:
    target, port, protocol = listener
    names = [name for name, at in target.ports.items() if at == (protocol, port)]
    return {
        "Source": _peer(source, namespaces),
        "Destination": _peer(target, namespaces),
        "ResolvedPort": port,
        "ResolvedPortName": next(iter(names), ""),
        "Protocol": protocol,
    }


def _peer(party: Party, namespaces: Mapping[str, Labels]) -> Object:
    if party.namespace is None:
        return {"Internal": None, "IP": party.address}
    inside = {
        "Namespace": party.namespace,
        "NamespaceLabels": dict(namespaces[party.namespace]),
        "PodLabels": dict(party.labels),
    }
    return {"Internal": inside, "IP": party.address}
