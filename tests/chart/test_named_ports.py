"""NAME:PORT in needs and uses: a further port of a service, with the wait, the way to it and its address, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.chart.law import broken
from tests.chart.platforms import Charted, charted, charted_text
from tests.policies import Party, Policies
from tests.rendering import Rendered, render_platform
from tests.shop import errors

CATALOGUE = """\
name: shop
tiers: [{name: data}, {name: back}, {name: late}]
dataServices:
  redis: {tier: data, port: 6379, urlVariable: REDIS_URL}
services:
  kafka:
    tier: data
    port: 9092
    protocol: tcp
    ports:
      metrics: {port: 9464, targetPort: 9465}
      stats: {port: 8125, targetPort: 9125, protocol: UDP}
      admin: {port: 81, targetPort: 8081, protocol: http}
  worker: {tier: data, ports: {metrics: 9000, idle: 9001}}
  scraper:
    tier: back
    needs: [kafka:metrics, worker]
    environment: {METRICS: "${kafka:metrics.host}:${kafka:metrics.port}"}
  store:
    tier: back
    port: 80
    needs: [kafka, kafka:metrics]
    uses: [kafka:stats, worker:metrics, late:admin]
    environment: {STATS: "${kafka:stats.port}", ADMIN: "${late:admin.url}"}
  late: {tier: late, port: 80, ports: {admin: {port: 81, protocol: http}}, uses: [store]}
"""


def shop() -> Charted:
    return charted_text(CATALOGUE)


def rendered(**overlay: Any) -> Rendered:
    return render_platform(shop().load_with(overlay))


def opened(made: Rendered, source: str, target: str) -> set[tuple[int, str]]:
    """The ports of the pods of `target` to which the policies let those of `source` connect."""
    parties = {name: Party(name, "10.1.0.1", "shop", {"app.kubernetes.io/name": name}) for name in (source, target)}
    policies = Policies(made.kinds("NetworkPolicy").values(), namespaces={"shop": {"kubernetes.io/metadata.name": "shop"}})
    ports = (80, 81, 6379, 8081, 8125, 9000, 9001, 9092, 9125, 9464, 9465)
    every = [(port, protocol) for port in ports for protocol in ("TCP", "UDP")]
    return {one for one in every if policies.allows(parties[source], parties[target], *one)}


def test_just_the_named_ports_are_opened_in_both_directions() -> None:
    made = rendered()
    assert opened(made, "scraper", "kafka") == {(9465, "TCP")}
    assert opened(made, "store", "kafka") == {(9092, "TCP"), (9465, "TCP"), (9125, "UDP")}
    assert opened(made, "store", "worker") == {(9000, "TCP")}
    assert opened(made, "store", "late") == {(81, "TCP")}
    assert opened(made, "scraper", "worker") == set()
    assert opened(made, "late", "store") == {(80, "TCP")}


def test_a_gate_waits_for_a_named_port_through_its_service() -> None:
    made = rendered(startup={"order": "graph"})
    assert made.gates("scraper") == [["kafka:metrics", "worker"]]
    assert made.gates("store") == [["kafka", "kafka:metrics"]]
    targets = made.lines("startup-gate", "targets")
    assert "- kafka:metrics tcp://kafka:9464" in targets
    assert [line for line in targets if ":metrics" in line or ":stats" in line or ":admin" in line] == [
        "- kafka:metrics tcp://kafka:9464"
    ]


def test_a_named_port_has_no_url_and_gives_its_address_by_placeholders() -> None:
    scraper, store = (rendered().variables("Deployment", name) for name in ("scraper", "store"))
    assert "KAFKA_SERVICE_URL" not in scraper
    assert scraper["METRICS"]["value"] == "kafka:9464"
    assert store["KAFKA_SERVICE_URL"]["value"] == "kafka:9092"
    assert "LATE_SERVICE_URL" not in store
    assert (store["STATS"]["value"], store["ADMIN"]["value"]) == ("8125", "http://late:81")


def test_where_a_service_is_left_out_whose_named_port_is_used_nothing_of_it_is_left() -> None:
    made = rendered(services={"late": {"enabled": False}})
    assert "late" not in str(made.get("NetworkPolicy", "store")["spec"]["egress"])
    assert "ADMIN" not in made.variables("Deployment", "store")


def test_a_service_that_is_needed_at_one_port_and_used_at_another_cannot_be_left_out(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace("needs: [kafka, kafka:metrics]", "needs: [kafka:metrics]").replace(
        "uses: [kafka:stats", "uses: [kafka"
    )
    catalogue = catalogue.replace('STATS: "${kafka:stats.port}", ', "")
    off = "services: {kafka: {enabled: false}, scraper: {enabled: false}}"
    assert errors(tmp_path, catalogue=catalogue, overlays={"off.yaml": off}) == [
        "off.yaml:1: services.kafka.enabled: kafka is left out, but store needs it; enable it, or disable store too"
    ]


def test_a_named_port_counts_among_what_waits_for_pods(tmp_path: Path) -> None:
    none = "services: {kafka: {replicas: 0}}\nstartup: {order: graph}"
    found = errors(tmp_path, catalogue=CATALOGUE, overlays={"none.yaml": none})
    wrong = "kafka has no pods, but scraper waits for it for ever"
    assert found == [f"none.yaml:1: services.kafka.replicas: {wrong}; raise it, or set enabled: false for kafka and scraper"]


@pytest.mark.helm
@pytest.mark.parametrize(
    "overlay",
    [
        "",
        "startup: {order: graph}",
        "services: {late: {enabled: false}}",
        "services: {worker: {enabled: false}, scraper: {enabled: false}}",
        "services: {kafka: {replicas: 0}}",
        "services: {late: {enabled: false}, store: {env: {ADMIN: here}}}",
        "services: {scraper: {enabled: false}, store: {enabled: false}, kafka: {enabled: false}}",
    ],
)
def test_both_outputs_make_the_same_of_it_and_refuse_the_same(overlay: str) -> None:
    assert not broken(shop(), [overlay])


# (what the catalogue says, what it is to say, the error)
WRONG = [
    (
        "needs: [kafka:metrics, worker]",
        "needs: [kafka:metric, worker]",
        (
            "17: services.scraper.needs[0]: kafka has no port `metric` among its `ports`; "
            "did you mean metrics? allowed: metrics, stats, admin"
        ),
    ),
    (
        "needs: [kafka:metrics, worker]",
        "needs: [kafka:metrics, kafka:stats]",
        (
            "17: services.scraper.needs[1]: kafka:stats is a UDP port, for which nobody can wait; "
            "write it in `uses`, which does not wait"
        ),
    ),
    (
        "needs: [kafka:metrics, worker]",
        "needs: [kafka:metrics, redis:metrics]",
        "17: services.scraper.needs[1]: redis has no port `metrics`: it has one alone; write redis",
    ),
    (
        "needs: [kafka:metrics, worker]",
        "needs: [kafka:metrics, kafka:metrics]",
        "17: services.scraper.needs[1]: `kafka:metrics` is listed twice; name each need once",
    ),
    (
        "needs: [kafka:metrics, worker]",
        "needs: [kafka:metrics, scraper:metrics]",
        "17: services.scraper.needs[1]: scraper needs itself; drop the need",
    ),
    (
        "needs: [kafka:metrics, worker]",
        "needs: [kafka:metrics, kafak:metrics]",
        (
            "17: services.scraper.needs[1]: there is no service `kafak`; "
            "did you mean kafka? allowed: redis, kafka, worker, scraper, store, late"
        ),
    ),
    (
        "needs: [kafka:metrics, worker]",
        "needs: [kafka:metrics, 'kafka:']",
        (
            "17: services.scraper.needs[1]: 'kafka:' is not allowed; "
            "allowed: the name of a service or data service, or NAME:PORT for a further port, such as kafka:metrics"
        ),
    ),
    (
        "needs: [kafka:metrics, worker]",
        "needs: [kafka:metrics, late:admin]",
        (
            "17: services.scraper.needs[1]: scraper (tier back) needs late:admin of the later tier late; "
            "move scraper to late or later, or write it in `uses`, which does not wait"
        ),
    ),
    (
        "uses: [store]",
        "uses: [store, worker]",
        (
            "25: services.late.uses[1]: worker has no port, so nobody can use it; "
            "give it a `port`, name one of its `ports`, such as worker:metrics, or drop the use"
        ),
    ),
    (
        "uses: [store]",
        "uses: [store, scraper]",
        "25: services.late.uses[1]: scraper has no port, so nobody can use it; give it a `port` or drop the use",
    ),
    (
        "uses: [kafka:stats, worker:metrics, late:admin]",
        "uses: [kafka:stats, kafka:metrics, late:admin]",
        "23: services.store.uses[1]: store needs kafka:metrics already, and a need reaches it too; drop one of the two",
    ),
]


@pytest.mark.parametrize(("found", "instead", "error"), WRONG)
def test_a_wrong_port_is_told_with_its_line_and_the_way_out(tmp_path: Path, found: str, instead: str, error: str) -> None:
    assert CATALOGUE.count(found) == 1
    assert errors(tmp_path, catalogue=CATALOGUE.replace(found, instead)) == [f"catalogue.yaml:{error}"]


def test_a_cycle_over_several_ports_names_them_all(tmp_path: Path) -> None:
    catalogue = """\
name: shop
tiers: [{name: only}]
services:
  a: {tier: only, needs: [b, b:metrics]}
  b: {tier: only, port: 80, ports: {metrics: 81}, needs: [a]}
"""
    assert errors(tmp_path, catalogue=catalogue) == [
        (
            "catalogue.yaml:4: services.a.needs[0]: the needs form a cycle: a -> b -> a; write b and b:metrics in `uses`, "
            "which does not wait, or drop the need; without the needs that are named so no cycle is left"
        )
    ]


def test_every_service_may_reach_a_named_port_but_for_that_service_itself(tmp_path: Path) -> None:
    catalogue = CATALOGUE + "everyService: {needs: [kafka:metrics], uses: [late:admin]}\n"
    file = tmp_path / "catalogue.yaml"
    file.write_text(catalogue.replace("worker: {tier: data", "worker: {tier: data, without: [late:admin]"))
    platform = charted(file)
    made = render_platform(platform.load([]))
    assert opened(made, "worker", "kafka") == {(9465, "TCP")}
    assert opened(made, "scraper", "late") == {(81, "TCP")}
    assert opened(made, "worker", "late") == set()
    assert made.gates("kafka") == []
