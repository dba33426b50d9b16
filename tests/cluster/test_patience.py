"""A dead service of an earlier tier holds later starts back exactly as `startup.tierPatience` says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from tests.cluster.platform import Castiel, is_ready
from tests.cluster.waiting import wait_for
from tests.rendering import render_with

DEAD = "prompt-management"
INDIFFERENT = "dashboard"  # starts in a later tier, and does not need the dead one
DEPENDENT = "api-gateway"  # needs it
PATIENCE = 8  # seconds
DEAD_URL = f"http://{DEAD}:3002/health/ready"
DEAD_NAME = f"dns://{DEAD}-ready"  # asked for by those that wait for its tier alone


@pytest.fixture
def dead(castiel: Castiel) -> Iterator[str]:
    """A service of an early tier that is gone."""
    castiel.wait_until_ready()
    castiel.node.kubectl("scale", f"deployment/{DEAD}", "--replicas=0", "--namespace", castiel.namespace)
    wait_for("its pod to be gone", lambda: castiel.pods_of(DEAD) == [], timeout=60)
    try:
        yield DEAD
    finally:
        castiel.apply()
        castiel.wait_until_ready()


def _start_anew(castiel: Castiel, *workloads: str) -> None:
    old = {castiel.pod(name)["metadata"]["name"] for name in workloads}
    castiel.node.kubectl("delete", "pod", *old, "--namespace", castiel.namespace, "--grace-period=1")
    wait_for("the new pods", lambda: old.isdisjoint(castiel.pod(name)["metadata"]["name"] for name in workloads), timeout=30)


def _says(castiel: Castiel, workload: str, pattern: str, *, timeout: float) -> str:
    """What the gates of a workload's pod have said once the pattern is there."""

    def said() -> str | None:
        log = castiel.gate_logs(castiel.pod(workload))
        return log if re.search(pattern, log) else None

    return wait_for(
        f"{workload} to say {pattern}",
        said,
        timeout=timeout,
        explain=lambda: castiel.gate_logs(castiel.pod(workload)),
    )


def test_a_dead_service_of_an_earlier_tier_blocks_starts_as_long_as_the_patience(castiel: Castiel, dead: str) -> None:
    """Without end where it is 0; who needs the dead one waits whatever the patience."""
    # A Service without pods refuses at once, so an attempt of a gate costs no time.
    answer = castiel.node.ask(castiel.pod(DEPENDENT), "GET", f"/connect?target={DEAD}:3002&timeout=5")
    assert "connection refused" in json.loads(answer.text)[0]["error"]

    _start_anew(castiel, INDIFFERENT)
    _says(castiel, INDIFFERENT, f"waiting for {DEAD_NAME} since 1[5-9] s", timeout=60)
    assert not is_ready(castiel.pod(INDIFFERENT))

    patient = render_with({"startup": {"tierPatience": PATIENCE}})
    castiel.node.apply([patient.get("ConfigMap", "startup-gate")])
    _start_anew(castiel, INDIFFERENT, DEPENDENT)
    log = _says(castiel, INDIFFERENT, f"WARNING: going on without {DEAD_NAME}", timeout=60)
    waited = int(re.findall(r"not ready after (\d+) s: only the tier order names it", log)[0])
    assert PATIENCE <= waited <= PATIENCE + 2, log  # an attempt takes two seconds at most
    assert log.count("WARNING") == 1, log
    wait_for("its start", lambda: is_ready(castiel.pod(INDIFFERENT)), timeout=30, explain=castiel.drawn)

    log = _says(castiel, DEPENDENT, f"waiting for {DEAD_URL} since 1[5-9] s", timeout=60)
    assert "WARNING" not in log, log
    assert not is_ready(castiel.pod(DEPENDENT))
    castiel.node.kubectl("scale", f"deployment/{dead}", "--replicas=1", "--namespace", castiel.namespace)
    _says(castiel, DEPENDENT, f"{DEAD_URL} is ready after", timeout=60)
