"""Requests to pods from the node, and real connections from inside pods, made by the stand-in."""

from __future__ import annotations

import http.client
import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.cluster.api import Object
from tests.cluster.network import Namespace

TRY = """
for target; do (
  host=${target%:*} port=${target##*:}
  if command -v bash > /dev/null; then timeout 2 bash -c "exec 3<> /dev/tcp/$host/$port"
  else timeout 2 busybox nc "$host" "$port" < /dev/null; fi > /dev/null 2>&1 && echo "$target"
) & done
wait
"""
"""A script for pods that hold no stand-in: it prints those of its arguments, `HOST:PORT`, that can be connected to.

bash, or where there is none busybox, opens the connections.
"""


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    text: str


def ask(namespace: Namespace, pod: Object, method: str, path: str, *, timeout: float = 30) -> Answer:
    """A request from the node to the port that a pod's variable PORT names. Raises OSError.

    It comes from where the kubelet's probes come from, so no policy keeps it out.
    """
    address = pod["status"]["podIP"]
    port = next(
        int(variable["value"])
        for container in pod["spec"]["containers"]
        for variable in container.get("env", [])
        if variable["name"] == "PORT"
    )
    connection = http.client.HTTPConnection(address, port, timeout=timeout)
    connection.sock = namespace.connect((address, port), timeout=timeout)
    try:
        connection.request(method, path)
        response = connection.getresponse()
        return Answer(response.status, response.read().decode())
    finally:
        connection.close()


def attempts(namespace: Namespace, source: Object, targets: Sequence[str], *, timeout: float = 1) -> dict[str, bool]:
    """Which targets the stand-in in a pod reaches, each within ``timeout`` seconds; all are tried at once.

    Targets are ``HOST:PORT``, ``udp://HOST:PORT``, ``dns://NAME`` and ``dns+tcp://NAME``. ``source`` is the pod as the
    API gives it.
    """
    query = urlencode([("timeout", str(timeout)), *(("target", target) for target in targets)])
    answer = ask(namespace, source, "GET", f"/connect?{query}", timeout=timeout + 30)
    return {one["target"]: bool(one["connected"]) for one in json.loads(answer.text)}
