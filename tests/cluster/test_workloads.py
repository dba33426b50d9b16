"""What Castiel has not, on the node: workloads that run once, on a schedule or alone, a second database, files, and metrics."""

from __future__ import annotations

import base64
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest

from tests.cluster.api import Object
from tests.cluster.connecting import TRY
from tests.cluster.manifests import STANDIN_IMAGE, standin
from tests.cluster.node import Node
from tests.cluster.platform import Castiel, castiel_of, is_ready, restarts_of, workload_of
from tests.cluster.waiting import wait_for
from tests.cluster.watcher import Watcher
from tests.cluster.workloads import FILE, SCRAPERS, migrate, render_workloads, work

CHANGED = {
    "migrate": {"command": migrate("second")},
    **{singleton: {"env": {"RELEASE": "2"}} for singleton in ("keeper", "beat")},
}
"""Values of services that differ in the second apply; the worker's file does, too."""
RESTARTED = {"worker", "keeper", "beat"}
DATABASES = {"postgres": 5432, "plugin-db": 5433}


@pytest.fixture(scope="module")
def started(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Castiel]:
    """The platform; all its pods are Ready, and what runs once has ended."""
    rendered = render_workloads(tmp_path_factory.mktemp("catalogue"), work("first"), {})
    platform = castiel_of(node, rendered, tmp_path_factory.mktemp("first"))
    platform.provide_images()
    platform.start()
    yield platform
    platform.remove(wait=False)


@dataclass(frozen=True)
class Change:
    """The platform after an apply of changed manifests; the pods before it; the most pods that each workload had meanwhile."""

    platform: Castiel
    before: dict[str, str]
    most: Counter[str]


@pytest.fixture(scope="module")
def changed(started: Castiel, tmp_path_factory: pytest.TempPathFactory) -> Change:
    """Changed manifests, applied over the first ones, until all that restarts is Ready anew."""
    rendered = render_workloads(tmp_path_factory.mktemp("catalogue"), work("second"), CHANGED)
    platform = castiel_of(started.node, rendered, tmp_path_factory.mktemp("second"))
    before = uids(started)

    def all_are_new() -> bool:
        now = uids(platform)
        return all(now.get(name, before[name]) != before[name] for name in RESTARTED)

    with counting(platform) as most:
        platform.apply()
        wait_for("new pods", all_are_new, timeout=120, interval=0.5, explain=lambda: platform.node.explain(platform.namespace))
        platform.wait_until_ready()
    return Change(platform, before, most)


def uids(platform: Castiel) -> dict[str, str]:
    """The pod of each workload that does not end by itself."""
    lasting = platform.rendered.kinds("Deployment", "StatefulSet")
    ready = {workload_of(pod): pod["metadata"]["uid"] for pod in platform.node.pods(platform.namespace) if is_ready(pod)}
    return {name: uid for name, uid in ready.items() if name in lasting}


@contextmanager
def counting(platform: Castiel) -> Iterator[Counter[str]]:
    """The most pods that each workload has at one moment of the block, those that are going included."""
    most: Counter[str] = Counter()
    synced = threading.Event()

    def count() -> None:
        there = Counter(workload_of(pod) for pod in watcher.objects() if pod["status"].get("phase") not in ("Succeeded", "Failed"))
        for name, number in there.items():
            most[name] = max(most[name], number)
        synced.set()

    watcher = Watcher(platform.node.api, f"/api/v1/namespaces/{platform.namespace}/pods", count)
    watcher.start()
    try:
        assert synced.wait(timeout=10)
        yield most
    finally:
        watcher.stop()


def query(platform: Castiel, database: str, sql: str) -> list[str]:
    """What a database answers to its services' role, line by line."""
    ask = 'PGPASSWORD=$SERVICES_PASSWORD exec psql -h 127.0.0.1 -U "$SERVICES_USER" -d "$POSTGRES_DB" -Atc "$1"'
    return platform.node.exec(platform.namespace, f"{database}-0", "sh", "-c", ask, "sh", sql).splitlines()


def in_pod(platform: Castiel, workload: str, script: str, *arguments: str) -> str:
    """What a script prints in a workload's pod."""
    return platform.node.exec(platform.namespace, platform.pod(workload)["metadata"]["name"], "sh", "-c", script, "sh", *arguments)


def test_every_workload_is_ready_and_nothing_has_restarted(started: Castiel) -> None:
    assert set(uids(started)) == set(started.rendered.kinds("Deployment", "StatefulSet"))
    assert restarts_of(started.pods) == {}, started.drawn()


def test_the_restricted_pod_security_standard_gives_no_warning(started: Castiel) -> None:
    assert started.applied is not None
    assert started.applied.warnings == ""


def test_a_file_beside_the_catalogue_is_in_the_pod_and_its_program_uses_it(started: Castiel) -> None:
    assert in_pod(started, "worker", f"cat {FILE}") == work("first").replace("${plugin-db.host}", "plugin-db")
    assert query(started, "plugin-db", "SELECT done FROM work") == ["first at plugin-db"]


@pytest.mark.parametrize(
    ("workload", "url", "answer"),
    [("beat", "DATABASE_URL", "shop|shop|5432"), ("worker", "PLUGIN_DB_URL", "plugins|plugins|5433")],
)
def test_a_service_opens_its_own_database_and_reaches_no_other(started: Castiel, workload: str, url: str, answer: str) -> None:
    sql = "SELECT current_user, current_database(), inet_server_port()"
    assert in_pod(started, workload, f'exec psql "${url}" -Atc "{sql}"').strip() == answer
    reached = in_pod(started, workload, TRY, *(f"{name}:{port}" for name, port in DATABASES.items()))
    assert reached.split() == [f"{name}:{port}" for name, port in DATABASES.items() if answer.endswith(str(port))]


def test_the_password_of_one_database_does_not_open_the_other(started: Castiel) -> None:
    path = f"/api/v1/namespaces/{started.namespace}/secrets/"
    for name, other in (("postgres", "plugin-db"), ("plugin-db", "postgres")):
        secret = started.node.api.request("GET", f"{path}{other}-credentials")["data"]["password"]
        ask = 'PGPASSWORD=$1 psql -h 127.0.0.1 -U "$SERVICES_USER" -d "$POSTGRES_DB" -c "" 2>&1 || true'
        said = in_pod(started, name, ask, base64.b64decode(secret).decode())
        assert "password authentication failed" in said


def test_those_that_the_values_name_and_nobody_else_scrape_the_metrics(started: Castiel) -> None:
    """A pod of their namespace with other labels does not, nor one of another namespace with theirs; nor do they more than that."""
    node, (web,) = started.node, started.pods_of("web")
    metrics, main = (f"{web['status']['podIP']}:{port}" for port in (9464, 8080))
    node.provide_images([STANDIN_IMAGE])
    with node.fresh_namespace(SCRAPERS), node.fresh_namespace("shop-strangers"):
        for namespace, name in ((SCRAPERS, "prometheus"), (SCRAPERS, "grafana"), ("shop-strangers", "prometheus")):
            node.apply(standin(name), namespace=namespace)
        found = [*node.wait_for_pods(SCRAPERS, timeout=30), *node.wait_for_pods("shop-strangers", timeout=30)]
        pods = {(one["metadata"]["namespace"], one["metadata"]["name"]): one for one in found}
        node.enforcer.settle()
        tried = {who: node.attempts(one, [metrics, main]) for who, one in pods.items()}
        scraped = scrape(node, pods[SCRAPERS, "prometheus"], f"http://{metrics}/metrics")
    assert [(*who, at) for who, reached in tried.items() for at, done in reached.items() if done] == [
        (SCRAPERS, "prometheus", metrics)
    ]
    assert "standin_ready 1" in scraped


def scrape(node: Node, source: Object, url: str) -> str:
    """What a stand-in's pod gets of a page."""
    answer = node.ask(source, "POST", f"/requests?{urlencode({'url': url, 'rate': 1, 'seconds': 0.1})}")
    counted: Object = json.loads(answer.text)
    assert counted["failed"] == []
    (text,) = counted["answers"]
    return str(text)


def test_what_runs_once_has_run_and_a_second_apply_does_not_run_it_again(started: Castiel) -> None:
    (job,) = [name for name in started.rendered.kinds("Job") if name.startswith("migrate-")]
    assert query(started, "postgres", "SELECT step FROM steps") == ["first"]
    said = started.apply().output.splitlines()
    assert f"job.batch/{job} unchanged" in said
    assert [one["status"]["phase"] for one in started.pods_of("migrate")] == ["Succeeded"]
    assert query(started, "postgres", "SELECT step FROM steps") == ["first"]


def test_what_runs_once_runs_again_under_another_name_where_its_command_differs(changed: Change) -> None:
    assert query(changed.platform, "postgres", "SELECT step FROM steps") == ["first", "second"]
    names = {one["metadata"]["labels"]["job-name"] for one in changed.platform.pods_of("migrate")}
    assert len(names) == 2
    assert [name for name in changed.platform.rendered.kinds("Job") if name in names]


def test_a_changed_file_restarts_the_pods_that_have_it_and_no_others(changed: Change) -> None:
    now = uids(changed.platform)
    assert {name for name, uid in now.items() if changed.before[name] != uid} == RESTARTED
    assert query(changed.platform, "plugin-db", "SELECT done FROM work") == ["first at plugin-db", "second at plugin-db"]


def test_a_singleton_has_one_pod_all_the_while(changed: Change) -> None:
    """Where other workloads have the old pod and the new one for a while."""
    assert {name: changed.most[name] for name in RESTARTED} == {"worker": 2, "keeper": 1, "beat": 1}


def test_a_singletons_storage_outlives_its_pod(changed: Change) -> None:
    assert in_pod(changed.platform, "keeper", "cat /ledger/life").split() == ["begins", "ends", "begins"]


def test_two_services_write_to_one_volume_whichever_is_there_first(changed: Change) -> None:
    """Their users and groups differ."""
    assert in_pod(changed.platform, "keeper", "cat /ledger/beat").split() == ["begins", "begins"]


def test_what_runs_on_a_schedule_runs_each_minute_and_reaches_what_it_needs_alone(started: Castiel) -> None:
    """Its pod tells the database what it has reached."""

    def runs() -> list[str]:
        return query(started, "postgres", "SELECT string_agg(target, ' ' ORDER BY target) FROM reached GROUP BY run")

    found = wait_for("a run", runs, timeout=90, interval=1, explain=lambda: started.node.explain(started.namespace))
    assert set(found) == {"postgres:5432 web:80"}
    assert restarts_of(started.pods_of("report")) == {}
