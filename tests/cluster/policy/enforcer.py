"""The enforcer: follows policies, pods and namespaces, and programs nftables when what they say changes."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tests.cluster.api import Api, Object
from tests.cluster.network import Namespace
from tests.cluster.policy.model import Labels, Pod, Policy, read_pods, read_policy
from tests.cluster.policy.ruleset import ruleset
from tests.cluster.waiting import wait_for
from tests.cluster.watcher import Watcher

_PATHS = ("/apis/networking.k8s.io/v1/networkpolicies", "/api/v1/pods", "/api/v1/namespaces")
# Changes come in bursts: one ruleset for all that arrive within this time, in seconds.
_DEBOUNCE = 0.03


class Enforcer:
    """Keeps the node's nftables at what the API's NetworkPolicies say, one atomic replacement for each change."""

    def __init__(self, api: Api, namespace: Namespace) -> None:
        self._api = api
        self._namespace = namespace
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._watchers = [Watcher(api, path, self._wake.set) for path in _PATHS]
        self._thread = threading.Thread(target=self._run, name="policy enforcer", daemon=True)
        self._programmed = ""
        self._seen: _Input | None = None
        self.problem: Exception | None = None

    def start(self) -> None:
        """Begin to enforce."""
        for watcher in self._watchers:
            watcher.start()
        self._thread.start()

    def stop(self) -> None:
        """Stop; what is programmed stays in force."""
        self._stopped.set()
        for watcher in self._watchers:
            watcher.stop()
        self._wake.set()
        self._thread.join(timeout=5)

    def settle(self, *, timeout: float = 10) -> None:
        """Wait until what the API serves now is in force.

        Raises TimeoutError, with what nft said when it refused the ruleset.
        """

        def in_force() -> bool:
            if self.problem is not None:
                raise RuntimeError(str(self.problem))
            return self._programmed == _compile(_read(*(self._api.items(path) for path in _PATHS)))

        wait_for("the policies to be in force", in_force, timeout=timeout, interval=0.05)

    def _run(self) -> None:
        for watcher in self._watchers:
            while not watcher.synced.wait(0.2):
                if self._stopped.is_set():
                    return
        self._wake.set()
        while not self._stopped.is_set():
            self._wake.wait()
            self._stopped.wait(_DEBOUNCE)
            self._wake.clear()
            if not self._stopped.is_set():
                self._program()

    def _program(self) -> None:
        try:
            seen = _read(*(watcher.objects() for watcher in self._watchers))
            if seen != self._seen:  # most changes of a pod are of no concern: its containers' states
                text = _compile(seen)
                if text != self._programmed:
                    self._namespace.run("nft", "--file", "-", stdin=text)
                    self._programmed = text
                self._seen = seen
            self.problem = None
        except (RuntimeError, ValueError, KeyError, subprocess.TimeoutExpired) as problem:
            self.problem = problem


class _Input(NamedTuple):
    """All that decides the ruleset."""

    policies: list[Policy]
    pods: list[Pod]
    namespaces: Mapping[str, Labels]


def _read(policies: Iterable[Object], pods: Iterable[Object], namespaces: Iterable[Object]) -> _Input:
    return _Input(
        policies=[read_policy(policy) for policy in policies],
        pods=read_pods(pods),
        namespaces={one["metadata"]["name"]: one["metadata"].get("labels", {}) for one in namespaces},
    )


def _compile(given: _Input) -> str:
    return ruleset(policies=given.policies, pods=given.pods, namespaces=given.namespaces)
