"""`kubectl apply -f dist/` on an empty cluster, as a user does it, and what comes of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.cluster.node import Node
from tests.cluster.platform import Castiel, castiel_of, is_ready, restarts_of, workload_of
from tests.cluster.starting import opened_late, overtaken, too_early
from tests.rendering import ROOT, render

JOB = "job.batch/secret-generator"


def uids(castiel: Castiel) -> set[str]:
    return {pod["metadata"]["uid"] for pod in castiel.node.pods(castiel.namespace) if workload_of(pod) != "secret-generator"}


def test_after_one_apply_every_pod_is_ready_and_nothing_has_restarted(castiel: Castiel) -> None:
    workloads = castiel.rendered.kinds("Deployment", "StatefulSet")
    assert {workload_of(pod) for pod in castiel.pods if is_ready(pod)} == set(workloads)
    assert restarts_of(castiel.pods) == {}, castiel.drawn()


def test_the_job_that_makes_the_secrets_has_finished(castiel: Castiel) -> None:
    phases = {workload_of(pod): pod["status"]["phase"] for pod in castiel.pods if workload_of(pod) == "secret-generator"}
    assert phases == {"secret-generator": "Succeeded"}


def test_the_restricted_pod_security_standard_gives_no_warning(castiel: Castiel) -> None:
    assert castiel.applied is not None
    assert castiel.applied.warnings == ""


def test_no_program_starts_before_the_earlier_tiers_and_its_own_needs_are_ready(castiel: Castiel) -> None:
    assert too_early(castiel) == [], castiel.drawn()
    assert overtaken(castiel) == [], castiel.drawn()


def test_no_gate_waits_for_a_denial_of_dns_to_be_forgotten(castiel: Castiel) -> None:
    """The node's CoreDNS remembers each for 30 s."""
    assert opened_late(castiel, 12) == [], castiel.drawn()


def test_the_critical_path_of_the_start_leads_through_every_tier_to_the_gateway(castiel: Castiel) -> None:
    graph = castiel.rendered.platform.graph
    path = [pod.workload for pod in castiel.timeline.critical_path]
    assert list(dict.fromkeys(graph.tier_of(name) for name in path)) == list(graph.tiers), castiel.drawn()
    assert path[-1] == "api-gateway"


def test_the_timeline_command_draws_the_start_from_what_the_cluster_tells(castiel: Castiel, tmp_path: Path) -> None:
    path = f"{castiel.node.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    command = [
        sys.executable,
        "-m",
        "tierwright",
        "timeline",
        "--namespace",
        castiel.namespace,
        "--svg",
        str(tmp_path / "start.svg"),
    ]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"{len(castiel.rendered.kinds('Deployment', 'StatefulSet'))} pods, 0 restarts" in done.stdout
    assert castiel.pod("api-gateway")["metadata"]["name"] in (tmp_path / "start.svg").read_text()


def test_a_second_apply_changes_nothing(castiel: Castiel) -> None:
    before = uids(castiel)
    applied = castiel.apply()
    changed = [line for line in applied.output.splitlines() if not line.endswith(" unchanged")]
    assert [line for line in changed if line != f"{JOB} created"] == []
    assert applied.warnings == ""
    castiel.wait_until_ready(timeout=30)
    assert uids(castiel) == before


def test_a_dry_run_by_the_server_accepts_everything_once_the_namespace_exists(castiel: Castiel) -> None:
    applied = castiel.apply("--dry-run=server")
    assert len(applied.output.splitlines()) == len(castiel.rendered.objects)
    assert applied.warnings == ""


def test_a_server_side_apply_takes_over_and_restarts_nothing(castiel: Castiel) -> None:
    before = uids(castiel)
    applied = castiel.apply("--server-side", "--force-conflicts")
    assert len(applied.output.splitlines()) == len(castiel.rendered.objects)
    castiel.apply()  # and back: users mix both
    castiel.wait_until_ready(timeout=30)
    assert uids(castiel) == before


def test_the_demo_starts_as_it_is_beside_it(node: Node, tmp_path: Path) -> None:
    demo = castiel_of(node, render("demo"), tmp_path)
    demo.provide_images()
    demo.start()
    assert demo.applied is not None
    assert demo.applied.warnings == ""
    assert restarts_of(demo.pods) == {}, demo.drawn()
    assert too_early(demo) == [], demo.drawn()
    demo.remove(wait=False)
