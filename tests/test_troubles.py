"""What keeps pods from being ready: the timeline names it, with the image and the reason, in the text and in the picture."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.rendering import ROOT
from tests.test_timeline import BEGIN, CACHE, DATABASE, SVG, at, pod
from tierwright.timeline import PodTimeline, Start, draw_svg, draw_text, read_start

NOW = BEGIN + timedelta(seconds=60)
IMAGE = "registry.example/server:1"
REFUSED = 'failed to pull "registry.example/server:1": not found'


def stuck(**state: Any) -> dict[str, Any]:
    """A pod of `server` whose one container is in this state: its waiting reason and message, or a whole status."""
    one = pod("server")
    one["spec"]["containers"][0]["image"] = IMAGE
    status = one["status"]["containerStatuses"][0]
    status.update(state.get("status") or {"state": {"waiting": state}})
    return one


def ended(code: int, reason: str = "Error") -> dict[str, Any]:
    return {"terminated": {"exitCode": code, "reason": reason, "startedAt": at(4), "finishedAt": at(9)}}


def event(
    of: str, reason: str, message: str, second: float, *, kind: str = "Pod", type: str = "Warning", **more: Any
) -> dict[str, Any]:
    return {
        "kind": "Event",
        "type": type,
        "reason": reason,
        "message": message,
        "involvedObject": {"kind": kind, "name": of, **more},
        "lastTimestamp": at(second),
    }


def workload(name: str, *, kind: str = "Deployment", replicas: int = 1, conditions: Any = ()) -> dict[str, Any]:
    metadata = {"name": name, "labels": {"app.kubernetes.io/name": name}}
    return {"kind": kind, "metadata": metadata, "spec": {"replicas": replicas}, "status": {"conditions": list(conditions)}}


def start_of(*items: dict[str, Any]) -> Start:
    return read_start({"items": list(items)}, now=NOW)


def only(*items: dict[str, Any]) -> PodTimeline:
    (one,) = start_of(*items).pods
    return one


def told(one: PodTimeline) -> str:
    return one.trouble.text if one.trouble else ""


@pytest.mark.parametrize(
    "reason",
    [
        "ErrImagePull",
        "ImagePullBackOff",
        "InvalidImageName",
        "ErrImageNeverPull",
        "ImageInspectError",
        "CreateContainerConfigError",
        "CreateContainerError",
        "RunContainerError",
        "AReasonOfAnotherYear",
    ],
)
def test_a_container_that_cannot_begin_is_stuck_for_the_reason_that_the_kubelet_gives(reason: str) -> None:
    one = only(stuck(reason=reason, message=REFUSED))
    assert [(phase.kind, phase.name, phase.begin, phase.end) for phase in one.phases] == [
        ("scheduling", "scheduling", 0, 1),
        ("stuck", reason, 1, 60),
    ]
    assert told(one) == f"{reason}: container server, image {IMAGE}: {REFUSED}"


@pytest.mark.parametrize("reason", ["ContainerCreating", "PodInitializing"])
def test_a_container_that_is_being_made_is_no_trouble(reason: str) -> None:
    one = only(stuck(reason=reason))
    assert one.trouble is None
    assert one.phases[-1].kind == "preparing"


def test_the_image_of_a_gate_that_cannot_be_pulled_is_named() -> None:
    held = pod("server", gates={"wait-for-data": ("database", 2, None)})
    held["spec"]["initContainers"][0]["image"] = "mirror.example/busybox:1.37.0"
    held["status"]["initContainerStatuses"][0]["state"] = {"waiting": {"reason": "ErrImagePull", "message": "no route to host"}}
    one = only(held)
    assert told(one) == "ErrImagePull: container wait-for-data, image mirror.example/busybox:1.37.0: no route to host"
    assert one.phases[-1].kind == "stuck"


def test_a_program_that_crashes_is_stuck_since_its_last_end_with_its_exit_code() -> None:
    status = {
        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s"}},
        "lastState": ended(1),
        "restartCount": 3,
    }
    one = only(stuck(status=status))
    assert [(phase.kind, phase.begin, phase.end) for phase in one.phases[-2:]] == [("starting", 4, 9), ("stuck", 9, 60)]
    assert told(one) == f"CrashLoopBackOff: container server, image {IMAGE}: ended with exit code 1, 3 restarts"


def test_a_program_without_enough_memory_is_told_between_its_runs_and_while_it_runs_again() -> None:
    gone = only(stuck(status={"state": ended(137, "OOMKilled")}))
    assert told(gone) == f"OOMKilled: container server, image {IMAGE}: ended with exit code 137 (OOMKilled)"
    assert gone.phases[-1].kind == "stuck"
    again = {"state": {"running": {"startedAt": at(20)}}, "lastState": ended(137, "OOMKilled"), "restartCount": 1}
    one = only(stuck(status=again))
    assert told(one) == f"OOMKilled: container server, image {IMAGE}: ended with exit code 137 (OOMKilled), 1 restarts"
    assert [(phase.kind, phase.end) for phase in one.phases[-1:]] == [("starting", 60)]


def test_a_program_that_ended_in_order_is_no_trouble_while_it_starts_again() -> None:
    again = {"state": {"running": {"startedAt": at(20)}}, "lastState": ended(0, "Completed"), "restartCount": 1}
    assert only(stuck(status=again)).trouble is None


def test_a_gate_that_crashed_holds_its_pod_up() -> None:
    held = pod("server", gates={"wait-for-data": ("database", 4, 9)})
    held["status"]["initContainerStatuses"][0]["state"]["terminated"] |= {"exitCode": 1, "reason": "Error"}
    one = only(held)
    assert [(phase.kind, phase.begin, phase.end) for phase in one.phases[-2:]] == [("gate", 4, 9), ("stuck", 9, 60)]
    assert told(one) == "Error: container wait-for-data: ended with exit code 1"


def test_the_second_container_of_a_pod_that_cannot_begin_is_told_beside_one_that_runs() -> None:
    two = pod("server", began=4)
    two["spec"]["containers"].append({"name": "sidecar", "image": "proxy:1"})
    two["status"]["containerStatuses"].append(
        {"name": "sidecar", "restartCount": 0, "state": {"waiting": {"reason": "ErrImagePull", "message": "no"}}}
    )
    one = only(two)
    assert told(one) == "ErrImagePull: container sidecar, image proxy:1: no"
    assert (one.opened_at, one.phases[-1].kind) == (4, "stuck")


def test_a_sidecar_that_runs_for_ever_holds_nothing_up() -> None:
    """Meshes add them as init containers that do not end."""
    one = pod("server", gates={"proxy": ("", 2, None), "wait-for-data": ("database", 3, 7)}, began=8, ready=12)
    one["spec"]["initContainers"][0] = {"name": "proxy", "restartPolicy": "Always"}
    assert [(phase.kind, phase.begin, phase.end) for phase in only(one).phases] == [
        ("scheduling", 0, 1),
        ("preparing", 1, 2),
        ("preparing", 2, 3),
        ("gate", 3, 7),
        ("preparing", 7, 8),
        ("starting", 8, 12),
        ("ready", 12, 12),
    ]


def test_a_pod_that_no_node_has_room_for_tells_the_scheduler_s_reason() -> None:
    pending = pod("server")
    words = "0/3 nodes are available: 3 Insufficient memory."
    refused = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": words, "lastTransitionTime": at(0)}
    pending["status"] = {"phase": "Pending", "conditions": [refused]}
    one = only(pending)
    assert [(phase.kind, phase.begin, phase.end) for phase in one.phases] == [("stuck", 0, 60)]
    assert told(one) == f"Unschedulable: {words}"


def test_volumes_and_networks_that_are_not_there_are_told_by_the_pod_s_last_event() -> None:
    waiting = stuck(reason="ContainerCreating")
    name = waiting["metadata"]["name"]
    scheduled = event(name, "Scheduled", "assigned", 1, type="Normal")
    mount = event(name, "FailedMount", 'MountVolume.SetUp failed: secret "x" not found', 30)
    one = only(waiting, mount, scheduled)
    assert told(one) == 'FailedMount: MountVolume.SetUp failed: secret "x" not found'
    assert one.phases[-1].name == "FailedMount"
    over = event(name, "Pulling", "pulling the image", 40, type="Normal")
    assert only(waiting, mount, over).trouble is None


def test_an_image_that_is_being_pulled_is_named_before_the_pull_has_failed() -> None:
    waiting = stuck(reason="PodInitializing")
    words = f'Pulling image "{IMAGE}"'
    start = start_of(waiting, event(waiting["metadata"]["name"], "Pulling", words, 2, type="Normal"))
    assert f"  server-7c9d-x1, {words} since 59 s\n" in draw_text(start)
    assert start.pods[0].phases[-1].kind == "preparing"


def test_events_of_a_pod_of_the_same_name_that_is_gone_do_not_count() -> None:
    waiting = stuck(reason="ContainerCreating")
    waiting["metadata"]["uid"] = "new"
    old = event(waiting["metadata"]["name"], "FailedMount", "no", 30, uid="old")
    assert only(waiting, old).trouble is None


def test_a_gate_that_waits_is_no_trouble_whatever_happened_before() -> None:
    held = pod("server", gates={"wait-for-data": ("database", 2, None)})
    assert only(held, event(held["metadata"]["name"], "FailedMount", "no", 1)).trouble is None


def test_the_times_of_events_are_read_in_all_their_forms() -> None:
    waiting = stuck(reason="ContainerCreating")
    name = waiting["metadata"]["name"]
    newer = {**event(name, "Pulling", "", 0, type="Normal"), "lastTimestamp": None, "eventTime": at(31).replace("Z", ".500000Z")}
    assert only(waiting, event(name, "FailedMount", "no", 31), newer).trouble is None
    series = {**event(name, "FailedMount", "no", 1), "series": {"lastObservedTime": at(50).replace("Z", ".000000Z")}}
    assert told(only(waiting, newer, series)) == "FailedMount: no"


def test_a_pod_that_its_node_evicted_tells_why_until_another_takes_its_place() -> None:
    evicted = pod("server")
    evicted["status"] |= {"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."}
    assert told(only(evicted)) == "Evicted: The node was low on resource: memory."
    successor = pod("server", began=20, ready=30)
    successor["metadata"]["name"] = "server-7c9d-x2"
    assert [one.pod for one in start_of(evicted, successor).pods] == ["server-7c9d-x2"]


def test_a_readiness_gate_that_nobody_opens_is_told_while_the_program_runs() -> None:
    one = pod("server", began=4)
    words = 'corresponding condition of pod readiness gate "target-health" does not exist.'
    one["status"]["conditions"][1] |= {"reason": "ReadinessGatesNotReady", "message": words}
    assert told(only(one)) == f"ReadinessGatesNotReady: {words}"
    assert only(one).phases[-1].kind == "starting"


def test_pods_that_a_quota_refuses_are_told_by_their_deployment() -> None:
    words = 'pods "server-7c9d-x1" is forbidden: exceeded quota: quota'
    refused = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": words}
    start = start_of(DATABASE, workload("server", replicas=3, conditions=[refused]), workload("database"))
    assert start.makespan is None
    assert start.blockers == ("server",)
    text = draw_text(start)
    assert "the others wait for\n  server, which has no pod\n" in text
    assert f"in trouble\n  server: FailedCreate: {words}\n" in text
    assert "1 of 4 ready after 60 s" in text


def test_pods_that_are_refused_to_a_stateful_set_are_told_by_its_events() -> None:
    """It has no condition for that."""
    refused = event("server", "FailedCreate", "create Pod server-0 failed: forbidden", 5, kind="StatefulSet")
    start = start_of(pod("server"), workload("server", kind="StatefulSet", replicas=2), refused)
    (shortage,) = start.shortages
    assert (shortage.text, shortage.trouble and shortage.trouble.reason) == ("1 of 2 pods", "FailedCreate")
    assert "  server, which has 1 of 2 pods\n" in draw_text(start)


def test_a_namespace_where_every_pod_is_refused_is_drawn_all_the_same() -> None:
    refused = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "violates PodSecurity"}
    start = start_of(workload("server", conditions=[refused]))
    assert "server: FailedCreate: violates PodSecurity" in draw_text(start)
    assert "0 of 1 ready" in draw_text(start)
    ET.fromstring(draw_svg(start, title="t"))  # noqa: S314 - our own output


def test_workloads_that_are_scaled_to_nothing_or_have_their_pods_are_no_trouble() -> None:
    start = start_of(DATABASE, CACHE, workload("database"), workload("cache"), workload("off", replicas=0))
    assert (start.shortages, start.makespan) == ((), 6)


def test_a_job_that_fails_is_told_until_one_of_its_pods_succeeds() -> None:
    job = pod("generator")
    job["spec"]["restartPolicy"] = "Never"
    job["status"] |= {"phase": "Failed", "containerStatuses": [{"name": "generator", "restartCount": 0, "state": ended(1)}]}
    assert "  generator-7c9d-x1: Error: container generator: ended with exit code 1\n" in draw_text(start_of(job, CACHE))
    done = pod("generator", created=20)
    done["spec"]["restartPolicy"] = "Never"
    done["status"]["phase"] = "Succeeded"
    assert "in trouble" not in draw_text(start_of(job, done, CACHE))


def test_of_a_job_that_runs_again_and_again_the_last_run_counts() -> None:
    done, failed = pod("nightly", created=0), pod("nightly", created=20)
    for run, phase in ((done, "Succeeded"), (failed, "Failed")):
        run["spec"]["restartPolicy"] = "Never"
        run["status"]["phase"] = phase
    failed["status"]["containerStatuses"] = [{"name": "nightly", "restartCount": 0, "state": ended(1)}]
    assert "  nightly-7c9d-x1: Error: container nightly: ended with exit code 1\n" in draw_text(start_of(failed, done, CACHE))


def test_the_same_trouble_of_many_pods_is_told_once() -> None:
    pods = [stuck(reason="ErrImagePull", message=REFUSED) for _ in range(5)]
    for number, one in enumerate(pods):
        one["metadata"]["name"] = f"server-{number}"
    text = draw_text(start_of(*pods))
    assert f"  server-0, server-1, server-2 and 2 more: ErrImagePull: container server, image {IMAGE}: {REFUSED}\n" in text
    assert "server-4, ErrImagePull since 59 s" in text
    assert "! stuck" in text
    assert "! stuck" not in draw_text(start_of(CACHE))


def test_the_picture_shows_why_a_pod_is_stuck_beside_its_row_when_pointed_at_and_below() -> None:
    start = start_of(DATABASE, stuck(reason="ErrImagePull", message="<not> found"))
    drawn = ET.fromstring(draw_svg(start, title="t"))  # noqa: S314 - our own output
    texts = [text.text for text in drawn.iter(f"{SVG}text")]
    assert "ErrImagePull" in texts
    assert f"server-7c9d-x1: ErrImagePull: container server, image {IMAGE}: <not> found" in texts
    told_at = [title.text for title in drawn.iter(f"{SVG}title")]
    assert f"ErrImagePull: container server, image {IMAGE}: <not> found: 1 s to 60 s" in told_at
    width, height = float(drawn.get("width", 0)), float(drawn.get("height", 0))
    assert all(float(text.get("x", 0)) < width and float(text.get("y", 0)) < height for text in drawn.iter(f"{SVG}text"))


def test_the_command_asks_for_what_tells_of_troubles_and_goes_on_where_only_pods_may_be_seen(tmp_path: Path) -> None:
    (tmp_path / "pods.json").write_text(json.dumps({"items": [CACHE]}))
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(f'#!/bin/sh\necho "$@" >&2\ncat {tmp_path / "pods.json"}\necho "events is forbidden" >&2\nexit 1\n')
    kubectl.chmod(0o755)
    environment = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "tierwright", "timeline", "--namespace", "shop"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    asked, refused = done.stderr.splitlines()
    assert asked == "get pods,deployments,statefulsets,events --namespace shop --output json"
    assert refused == "events is forbidden"
    assert (done.returncode, "all ready after 3 s, 1 pod, 0 restarts" in done.stdout) == (0, True)
