"""The timeline: phases, critical path and blockers from pods as the API server tells of them, and their drawings."""

import copy
import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.rendering import ROOT
from tierwright.timeline import PodTimeline, Start, draw_svg, draw_text, read_start

BEGIN = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}"


def at(second: float) -> str:
    return (BEGIN + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ")


def pod(
    name: str,
    *,
    created: float = 0,
    gates: dict[str, tuple[str, float, float | None]] | None = None,
    began: float | None = None,
    ready: float | None = None,
    restarts: int = 0,
) -> dict[str, Any]:
    """A pod of the workload `name`; `gates` is name → what it waits for, when it began, when it ended."""
    gates = gates or {}
    statuses = []
    for gate, (_, start, end) in gates.items():
        state = {"running": {"startedAt": at(start)}}
        if end is not None:
            state = {"terminated": {"startedAt": at(start), "finishedAt": at(end)}}
        statuses.append({"name": gate, "restartCount": 0, "state": state})
    main = {"running": {"startedAt": at(began)}} if began is not None else {"waiting": {"reason": "PodInitializing"}}
    conditions = [{"type": "PodScheduled", "status": "True", "lastTransitionTime": at(created + 1)}]
    is_ready = "False" if ready is None else "True"
    conditions.append({"type": "Ready", "status": is_ready, "lastTransitionTime": at(created if ready is None else ready)})
    return {
        "metadata": {"name": f"{name}-7c9d-x1", "creationTimestamp": at(created), "labels": {"app.kubernetes.io/name": name}},
        "spec": {
            "restartPolicy": "Always",
            "initContainers": [{"name": gate, "args": [target]} for gate, (target, _, _) in gates.items()],
            "containers": [{"name": name}],
        },
        "status": {
            "conditions": conditions,
            "initContainerStatuses": statuses,
            "containerStatuses": [{"name": name, "restartCount": restarts, "state": main}],
        },
    }


DATABASE = pod("database", began=2, ready=6)
CACHE = pod("cache", began=2, ready=3)
SERVER = pod("server", gates={"wait-for-data": ("database", 2, 7)}, began=8, ready=12)
OTHER = pod("other", gates={"wait-for-data": ("cache", 2, 4)}, began=5, ready=9)
EDGE = pod("edge", gates={"wait-for-data": ("cache", 2, 4), "wait-for-server": ("server", 5, 13)}, began=14, ready=18)
PODS = {"items": [EDGE, SERVER, OTHER, CACHE, DATABASE]}


def by_workload(start: Start) -> dict[str, PodTimeline]:
    return {one.workload: one for one in start.pods}


def test_a_pod_passes_from_its_scheduling_through_its_gates_to_ready() -> None:
    edge = by_workload(read_start(PODS))["edge"]
    assert [(phase.kind, phase.name, phase.begin, phase.end) for phase in edge.phases] == [
        ("scheduling", "scheduling", 0, 1),
        ("preparing", "preparing", 1, 2),
        ("gate", "wait-for-data", 2, 4),
        ("preparing", "preparing", 4, 5),
        ("gate", "wait-for-server", 5, 13),
        ("preparing", "preparing", 13, 14),
        ("starting", "starting", 14, 18),
        ("ready", "ready", 18, 18),
    ]
    assert edge.targets == ("cache", "server")


def test_pods_stand_in_the_order_in_which_they_became_ready() -> None:
    start = read_start(PODS)
    assert [one.workload for one in start.pods] == ["cache", "database", "other", "server", "edge"]
    assert start.makespan == 18


def test_the_critical_path_goes_back_from_the_last_pod_over_what_it_waited_for_longest() -> None:
    assert [one.workload for one in read_start(PODS).critical_path] == ["database", "server", "edge"]


def test_a_gate_that_waits_for_a_whole_tier_waits_for_its_pods() -> None:
    database, cache = copy.deepcopy(DATABASE), copy.deepcopy(CACHE)
    for one in (database, cache):
        one["metadata"]["labels"]["castiel/tier"] = "data"
    server = pod("server", gates={"wait-for-data": ("cache", 2, 7)}, began=8, ready=12)
    server["spec"]["initContainers"][0]["args"] += ["--tier", "data", "--gates-behind", "1"]
    start = read_start({"items": [server, database, cache]})
    assert by_workload(start)["server"].targets == ("cache", "database")
    assert [one.workload for one in start.critical_path] == ["database", "server"]


def test_a_gate_that_waits_for_a_further_port_waits_for_the_workload_that_listens_there() -> None:
    server = pod("server", gates={"wait-for-data": ("database:metrics", 2, 7)}, began=8, ready=12)
    start = read_start({"items": [server, DATABASE]})
    assert by_workload(start)["server"].targets == ("database",)
    assert [one.workload for one in start.critical_path] == ["database", "server"]


def test_of_several_replicas_the_first_ready_one_opens_the_gates() -> None:
    second = pod("server", gates={"wait-for-data": ("database", 2, 7)}, began=8, ready=17)
    second["metadata"]["name"] = "server-7c9d-x2"
    path = read_start({"items": [*PODS["items"], second]}).critical_path
    assert [one.pod for one in path] == ["database-7c9d-x1", "server-7c9d-x1", "edge-7c9d-x1"]


def test_what_became_ready_after_a_pod_had_begun_is_not_on_its_path() -> None:
    """Its patience ended, or the other was ready before and has only become so again."""
    late = pod("cache", began=2, ready=17)
    path = read_start({"items": [EDGE, SERVER, late, DATABASE]}).critical_path
    assert [one.workload for one in path] == ["database", "server", "edge"]


def test_a_gate_that_ended_in_the_first_second_is_not_drawn_to_the_end() -> None:
    server = pod("server", gates={"wait-for-data": ("cache", 0, 0)}, began=1, ready=9)
    phases = by_workload(read_start({"items": [server]}))["server"].phases
    assert [phase for phase in phases if phase.kind == "gate"] == []
    assert [(phase.name, phase.end) for phase in phases] == [("scheduling", 1), ("preparing", 1), ("starting", 9), ("ready", 9)]


def test_a_start_without_gates_has_the_last_pod_alone_as_its_critical_path() -> None:
    start = read_start({"items": [DATABASE, CACHE]})
    assert [one.workload for one in start.critical_path] == ["database"]


def test_restarts_are_counted_and_a_crashed_program_began_at_its_first_known_run() -> None:
    crashed = pod("server", began=30, ready=34, restarts=3)
    crashed["status"]["containerStatuses"][0]["lastState"] = {"terminated": {"startedAt": at(4), "finishedAt": at(5)}}
    start = read_start({"items": [crashed]})
    assert start.restarts == 3
    assert by_workload(start)["server"].opened_at == 4
    assert "server-7c9d-x1 (3 restarts)" in draw_text(start)
    assert "server-7c9d-x1 (3 restarts)" in draw_svg(start, title="t")


def test_a_start_under_way_ends_now_and_names_whom_the_others_wait_for() -> None:
    slow = pod("server", gates={"wait-for-data": ("database", 2, 7)}, began=8)
    held = pod("edge", gates={"wait-for-data": ("cache", 2, 4), "wait-for-server": ("server", 5, None)})
    start = read_start({"items": [DATABASE, CACHE, slow, held]}, now=BEGIN + timedelta(seconds=60))
    assert start.makespan is None
    assert start.blockers == ("server-7c9d-x1",)
    assert by_workload(start)["edge"].phases[-1].name == "wait-for-server"
    assert by_workload(start)["edge"].phases[-1].end == 60
    text = draw_text(start)
    assert "the others wait for\n  server-7c9d-x1, starting since 52 s\n" in text
    assert "2 of 4 ready after 60 s" in text


def test_what_is_waited_for_and_has_no_pod_is_a_blocker_by_its_name() -> None:
    held = pod("edge", gates={"wait-for-server": ("server", 5, None)})
    start = read_start({"items": [DATABASE, held]}, now=BEGIN + timedelta(seconds=60))
    assert "server" in start.blockers
    assert "  server, which has no pod\n" in draw_text(start)


def test_a_finished_start_ends_when_the_last_pod_was_ready_however_late_it_is_looked_at() -> None:
    assert read_start(PODS, now=BEGIN + timedelta(days=3)).end == 18


def test_a_look_at_the_last_minutes_shows_older_pods_as_ready_from_its_beginning() -> None:
    late = pod("server", created=5000, gates={"wait-for-data": ("database", 5002, 5003)}, began=5004, ready=5008)
    start = read_start({"items": [DATABASE, late]}, since=BEGIN + timedelta(seconds=4990))
    assert [(phase.kind, phase.begin, phase.end) for phase in by_workload(start)["database"].phases] == [
        ("starting", 0, 0),
        ("ready", 0, 18),
    ]
    assert start.makespan == 18


def test_pods_of_jobs_and_pods_on_their_way_out_are_left_out() -> None:
    job = pod("generator", began=2)
    job["spec"]["restartPolicy"] = "Never"
    gone = pod("server", began=2, ready=3)
    gone["metadata"]["deletionTimestamp"] = at(20)
    assert [one.workload for one in read_start({"items": [job, gone, CACHE]}).pods] == ["cache"]
    with pytest.raises(ValueError, match="there are no pods that stay; look at the namespace"):
        read_start({"items": [job]})


def test_a_pod_without_a_node_is_being_scheduled() -> None:
    pending = pod("server")
    pending["status"] = {"conditions": [{"type": "PodScheduled", "status": "False", "lastTransitionTime": at(0)}]}
    (one,) = read_start({"items": [pending]}, now=BEGIN + timedelta(seconds=9)).pods
    assert [(phase.kind, phase.end) for phase in one.phases] == [("scheduling", 9)]


def test_the_text_draws_each_phase_to_scale_and_marks_the_critical_path() -> None:
    lines = draw_text(read_start(PODS), width=80).splitlines()
    edge = next(line for line in lines if "edge-7c9d-x1" in line)
    assert re.fullmatch(r"\* edge-7c9d-x1 +-+·+░+·+▒+·+▓+█ 18 s", edge)
    assert next(line for line in lines if "other-7c9d-x1" in line).startswith("  other")
    assert max(len(line) for line in lines if "7c9d" in line) <= 80
    assert "all ready after 18 s, 5 pods, 0 restarts" in lines
    assert any(re.fullmatch(r" +edge-7c9d-x1 +18 s +2 s +4 s", line) for line in lines)


def test_the_picture_is_well_formed_and_tells_every_span() -> None:
    drawn = ET.fromstring(draw_svg(read_start(PODS), title="a & <b>"))  # noqa: S314 - our own output
    texts = [text.text for text in drawn.iter(f"{SVG}text")]
    assert "a & <b>: all ready after 18 s, 0 restarts" in texts
    assert {"edge-7c9d-x1", "18 s"} <= set(texts)
    assert {"being scheduled", "prepared", "held by a gate", "starting", "ready", "critical path"} <= set(texts)
    told = [title.text for title in drawn.iter(f"{SVG}title")]
    assert "wait-for-server: 5 s to 13 s" in told
    outlined = [rect for rect in drawn.iter(f"{SVG}rect") if rect.get("stroke") and rect.find(f"{SVG}title") is not None]
    assert len(outlined) == 3
    assert len(list(drawn.iter(f"{SVG}polyline"))) == 2


def test_the_picture_leaves_room_for_the_longest_name() -> None:
    long = pod("x" * 60, began=1, ready=2)
    drawn = ET.fromstring(draw_svg(read_start({"items": [long]}), title="t"))  # noqa: S314 - our own output
    bars = [float(rect.get("x", 0)) for rect in drawn.iter(f"{SVG}rect") if rect.find(f"{SVG}title") is not None]
    assert min(bars) > 60 * 6


def run(*arguments: str | Path, path: str | None = None) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": path, "PYTHONUTF8": "1"} if path else None
    command = [sys.executable, "-m", "tierwright", "timeline", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_the_command_draws_a_file_that_kubectl_wrote(tmp_path: Path) -> None:
    (tmp_path / "pods.json").write_text(json.dumps(PODS))
    done = run("--pods", tmp_path / "pods.json", "--svg", tmp_path / "start.svg")
    assert done.returncode == 0
    assert "all ready after 18 s, 5 pods, 0 restarts" in done.stdout
    assert (tmp_path / "start.svg").read_text().startswith("<svg")


def test_the_command_says_what_is_missing(tmp_path: Path) -> None:
    no_kubectl = run(path=str(tmp_path))
    assert (no_kubectl.returncode, no_kubectl.stderr) == (2, "kubectl: not found; name a file, or put kubectl on the PATH\n")
    (tmp_path / "empty.json").write_text('{"items": []}')
    nothing = run("--pods", tmp_path / "empty.json")
    assert nothing.returncode == 2
    assert nothing.stderr.startswith("there are no pods that stay; look at the namespace")


WROTE_IT = "name one that `kubectl get pods,deployments,statefulsets,events -o json` wrote\n"
EMPTY = '"spec": {}, "status": {}'
NO_LIST = "pods.json: is neither a pod of a cluster nor a list of them"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (None, "pods.json: cannot be read: No such file or directory"),
        ("", "pods.json:1: is no JSON: Expecting value"),
        ("items:\n  - kind: Pod\n", "pods.json:1: is no JSON: Expecting value"),
        ('{"items": [],\n x}', "pods.json:2: is no JSON: Expecting property name enclosed in double quotes"),
        (b"\xff\x80", "pods.json: is no JSON"),
        ("[" * 100_000, "pods.json: is nested too deep"),
        ("[]", NO_LIST),
        ('"pods"', NO_LIST),
        ("null", NO_LIST),
        ('{"items": null}', NO_LIST),
        ('{"items": ["server"]}', NO_LIST),
        ('{"kind": "Deployment", "metadata": {"name": "server"}, "spec": {}}', NO_LIST),
        ('{"kind": "Pod", "metadata": {"name": "server"}, "spec": {"containers": []}}', NO_LIST),
        (f'{{"kind": "Pod", "metadata": {{"name": "server", "creationTimestamp": null}}, {EMPTY}}}', NO_LIST),  # --dry-run
        (f'{{"kind": "Pod", "metadata": {{"name": "server", "creationTimestamp": "today"}}, {EMPTY}}}', NO_LIST),
        (f'{{"kind": "Pod", "metadata": {{"name": "server", "creationTimestamp": "2026-01-01T00:00:00"}}, {EMPTY}}}', NO_LIST),
        ('{"items": [{"metadata": {"creationTimestamp": "2026-01-01T00:00:00Z"}, "spec": [], "status": {}}]}', NO_LIST),
        ('{"items": [{"kind": "Deployment", "metadata": {"name": "server"}, "spec": null}]}', NO_LIST),
    ],
)
def test_a_file_that_holds_no_pods_is_named(tmp_path: Path, text: str | bytes | None, wrong: str) -> None:
    if text is not None:
        (tmp_path / "pods.json").write_bytes(text.encode() if isinstance(text, str) else text)
    done = run("--pods", tmp_path / "pods.json")
    assert (done.returncode, done.stderr) == (2, f"{tmp_path}/{wrong}; {WROTE_IT}")


def test_a_folder_in_place_of_a_file_is_named(tmp_path: Path) -> None:
    done = run("--pods", tmp_path)
    assert (done.returncode, done.stderr) == (2, f"{tmp_path}: cannot be read: Is a directory; {WROTE_IT}")


def test_a_pod_by_itself_is_a_list_of_one(tmp_path: Path) -> None:
    (tmp_path / "pod.json").write_text(json.dumps({"apiVersion": "v1", "kind": "Pod", **SERVER}))
    done = run("--pods", tmp_path / "pod.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert "all ready after 12 s, 1 pod, 0 restarts" in done.stdout


def test_a_picture_that_cannot_be_written_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "pods.json").write_text(json.dumps(PODS))
    done = run("--pods", tmp_path / "pods.json", "--svg", tmp_path / "absent" / "start.svg")
    wrong = f"{tmp_path}/absent/start.svg: cannot be written: No such file or directory; name another file with --svg\n"
    assert (done.returncode, done.stderr) == (2, wrong)
    assert "all ready after 18 s" in done.stdout


@pytest.mark.parametrize("minutes", ["nan", "inf", "1e300", "-1", "0", "1000001", "ten"])
def test_minutes_that_no_clock_goes_back_are_refused(minutes: str) -> None:
    done = run(f"--minutes={minutes}")
    allowed = f"'{minutes}' is not allowed; allowed: a number above 0, up to 1000000"
    assert done.returncode == 2
    assert done.stderr.endswith(f"tierwright timeline: error: argument --minutes: {allowed}\n")


def test_so_many_minutes_may_be_a_fraction(tmp_path: Path) -> None:
    (tmp_path / "pods.json").write_text(json.dumps(PODS))
    assert run("--pods", tmp_path / "pods.json", "--minutes", "1000000").returncode == 0
    assert run("--pods", tmp_path / "pods.json", "--minutes", "0.5").returncode == 0


def unscheduled(created: float = 0, **spec: Any) -> dict[str, Any]:
    """A pod as it is until a scheduler looks at it: without conditions."""
    server = pod("server", created=created)
    server["status"] = {"phase": "Pending", "qosClass": "Burstable"}
    server["spec"] |= spec
    return server


def test_a_pod_that_no_scheduler_has_taken_waits_for_one() -> None:
    (one,) = read_start({"items": [unscheduled()]}, now=BEGIN + timedelta(seconds=9)).pods
    assert [(phase.kind, phase.end) for phase in one.phases] == [("scheduling", 9)]
    text = draw_text(read_start({"items": [unscheduled(schedulerName="mine")]}, now=BEGIN + timedelta(seconds=9)))
    assert "the others wait for\n  server-7c9d-x1, waiting for the scheduler mine since 9 s\n" in text
    assert "0 of 1 ready after 9 s" in text


@pytest.mark.parametrize("others", [[], [pod("cache", began=2, ready=3)]])
def test_a_pod_is_told_of_at_the_moment_at_which_it_is_created(others: list[dict[str, Any]]) -> None:
    start = read_start({"items": [*others, unscheduled(created=3)]})
    assert "  server-7c9d-x1, waiting for the scheduler default-scheduler since 0 s\n" in draw_text(start)
    assert "waiting for the scheduler default-scheduler: " in draw_svg(start, title="t")


def test_a_pod_is_told_of_at_the_moment_at_which_it_gets_a_node_or_cannot_get_one() -> None:
    placed, refused = pod("server"), pod("server")
    placed["status"]["conditions"] = [{"type": "PodScheduled", "status": "True", "lastTransitionTime": at(0)}]
    refused["status"]["conditions"] = [
        {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "lastTransitionTime": at(0)}
    ]
    assert "  server-7c9d-x1, preparing since 0 s\n" in draw_text(read_start({"items": [placed]}))
    assert "  server-7c9d-x1, Unschedulable since 0 s\n" in draw_text(read_start({"items": [refused]}))


def test_a_look_at_the_last_minutes_tells_of_a_pod_that_was_held_before_them() -> None:
    held = pod("edge", gates={"wait-for-server": ("server", 5, None)})
    start = read_start({"items": [DATABASE, held]}, since=BEGIN + timedelta(days=1))
    assert "server" in start.blockers
    assert by_workload(start)["edge"].phases[-1].name == "wait-for-server"
    assert draw_text(start)
