"""Rows and messages written while faults happen, and whether one of those that were promised to be safe is lost."""

from __future__ import annotations

import base64
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.cluster.api import Object
from tests.cluster.images.small import standin_program
from tests.cluster.platform import Castiel
from tests.cluster.waiting import wait_for

_URLS = {"DATABASE_URL": "postgres", "RABBITMQ_URL": "rabbitmq"}
KINDS = ("row", "message")


@dataclass
class Recording:
    """What has been written so far: rows that were committed, messages that the broker confirmed."""

    castiel: Castiel
    output: Path
    words: Path

    def safe(self) -> list[str]:
        """Everything that was promised to be safe, such as ``row 17`` and ``message 4``."""
        return self.output.read_text().rpartition("\n")[0].splitlines()

    def goes_on(self, *, timeout: float = 60) -> None:
        """Wait until further rows and further messages are safe. Raises TimeoutError with the writer's words."""
        before = self._counts()

        def more() -> bool:
            return all(now > then for now, then in zip(self._counts(), before, strict=True))

        wait_for("rows and messages to be written", more, timeout=timeout, explain=lambda: self.words.read_text()[-2000:])

    def _counts(self) -> list[int]:
        safe = self.safe()
        return [sum(one.startswith(kind) for one in safe) for kind in KINDS]


@contextmanager
def recording(castiel: Castiel) -> Iterator[Recording]:
    """Write rows and messages all the while; at the end of the block, find every safe one stored.

    Raises AssertionError that names what is lost. The writer is outside the pods, so that what hits them spares it.
    """
    environment = {**os.environ, **_addresses(castiel)}
    with tempfile.TemporaryDirectory() as folder:
        one = Recording(castiel, Path(folder) / "safe", Path(folder) / "words")
        with one.output.open("wb") as output, one.words.open("wb") as words:
            command = castiel.node.namespace.command(standin_program(), "record")
            writer = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=words)
        try:
            one.goes_on()
            _store_the_queue(castiel)
            yield one
            one.goes_on()
        finally:
            writer.terminate()
            writer.wait(timeout=30)
        # A Service may refuse for a second more when its pod is Ready again: kube-proxy gathers changes. Nothing stored is an
        # answer too, so it is wrapped.
        (stored,) = wait_for("what is stored", lambda: (_stored(castiel, environment),), timeout=30)
        lost = sorted(set(one.safe()) - set(stored))
    counts = ", ".join(f"{sum(word.startswith(kind) for word in lost)} {kind}s" for kind in KINDS)
    assert lost == [], f"promised to be safe and lost: {counts}, such as {lost[:3]}"


def _store_the_queue(castiel: Castiel) -> None:
    """Make the broker write down that the queue exists.

    RabbitMQ confirms messages before that. Mnesia logs a declaration and, a little later, the decision on it; a broker that is
    killed between forgets the queue and what is in it.
    """
    castiel.node.exec(castiel.namespace, "rabbitmq-0", "rabbitmqctl", "--quiet", "eval", "mnesia:sync_log().")


def _stored(castiel: Castiel, environment: Mapping[str, str]) -> list[str]:
    """Everything that the servers have; removed there. Raises AssertionError, with the words of the one that does not answer."""
    command = castiel.node.namespace.command(standin_program(), "recorded")
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def _addresses(castiel: Castiel) -> dict[str, str]:
    """The URLs that the gateway gets, with passwords, and addresses in place of names, which are unknown outside pods."""
    found = {}
    for variable, service in _URLS.items():
        address = castiel.node.api.request("GET", f"/api/v1/namespaces/{castiel.namespace}/services/{service}")
        url = _expanded(castiel, castiel.rendered.variables("Deployment", "api-gateway"), variable)
        found[variable] = url.replace(f"@{urlsplit(url).hostname}:", f"@{address['spec']['clusterIP']}:")
    return found


def _expanded(castiel: Castiel, variables: Mapping[str, Object], name: str) -> str:
    url = str(variables[name]["value"])
    for other, variable in variables.items():
        if f"$({other})" in url:
            reference = variable["valueFrom"]["secretKeyRef"]
            path = f"/api/v1/namespaces/{castiel.namespace}/secrets/{reference['name']}"
            encoded = castiel.node.api.request("GET", path)["data"][reference["key"]]
            url = url.replace(f"$({other})", base64.b64decode(encoded).decode())
    return url
