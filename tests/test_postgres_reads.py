"""`needs: [postgres:reads]`: where services read, by which variable they learn of it, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.law import broken
from tests.chart.platforms import Charted, charted_text
from tests.policies import Party, Policies
from tests.rendering import Rendered, render_platform
from tests.shop import errors
from tierwright.pipeline import Output, compose, described, swarm

CATALOGUE = """\
name: shop
tiers: [{name: data}, {name: back}]
dataServices:
  postgres: {tier: data, port: 5432, urlVariable: DATABASE_URL}
  redis: {tier: data, port: 6379, urlVariable: REDIS_URL}
  events: {kind: postgres, tier: data, port: 5433, urlVariable: EVENTS_DSN, readsVariable: EVENTS_READS}
services:
  store: {tier: back, port: 3001, needs: [postgres, "postgres:reads"]}
  report:
    tier: back
    port: 3002
    needs: ["postgres:reads"]
    environment: {READER: "${postgres:reads.user} ${postgres:reads.host} ${postgres:reads.port} ${postgres:reads.database}"}
  search: {tier: back, port: 3003, uses: ["events:reads"]}
"""
REPLICATED = {"topology": "replicated", "image": {"repository": "registry.example/postgres-patroni"}}
WHOLE = "postgres: {topology: external, external: {host: db, readsHost: '', cidrs: [10.1.0.0/24], secret: {urlKey: url}}}"
OWN_READER = {"report": {"env": {"READER": "none"}}}
EXTERNAL = {"topology": "external", "urlOptions": "sslmode=require", "external": {"host": "db.example", "cidrs": ["10.20.0.0/24"]}}


def shop() -> Charted:
    return charted_text(CATALOGUE)


def rendered(postgres: dict[str, Any] | None = None, **more: Any) -> Rendered:
    return render_platform(shop().load_with({"postgres": postgres or {}, **more}))


def variables(made: Rendered, name: str) -> dict[str, str]:
    return {key: one["value"] for key, one in made.variables("Deployment", name).items() if "value" in one}


def test_the_members_that_copy_answer_reads_and_the_primary_takes_writes() -> None:
    given = variables(rendered(REPLICATED), "store")
    assert given["DATABASE_URL"] == "postgresql://shop:$(DB_PASSWORD)@postgres:5432/shop"
    assert given["DATABASE_REPLICA_URL"] == "postgresql://shop:$(DB_PASSWORD)@postgres-replicas:5432/shop"


def test_a_single_server_answers_reads_itself() -> None:
    given = variables(rendered(), "store")
    assert given["DATABASE_REPLICA_URL"] == given["DATABASE_URL"] == "postgresql://shop:$(DB_PASSWORD)@postgres:5432/shop"


@pytest.mark.parametrize(("host", "expected"), [("", "db.example"), ("replicas.example", "replicas.example")])
def test_a_server_elsewhere_may_have_replicas_at_another_host(host: str, expected: str) -> None:
    made = rendered(EXTERNAL | {"external": {**EXTERNAL["external"], "readsHost": host}})  # type: ignore[dict-item]
    given = variables(made, "store")
    assert given["DATABASE_URL"] == "postgresql://shop:$(DB_PASSWORD)@db.example:5432/shop?sslmode=require"
    assert given["DATABASE_REPLICA_URL"] == f"postgresql://shop:$(DB_PASSWORD)@{expected}:5432/shop?sslmode=require"
    assert f"- postgres:reads tcp://{expected}:5432" in made.lines("startup-gate", "targets")


def test_who_only_reads_gets_the_password_and_no_url_of_writes() -> None:
    made = rendered(REPLICATED)
    given = made.variables("Deployment", "report")
    assert "DATABASE_URL" not in given
    assert given["DB_PASSWORD"]["valueFrom"]["secretKeyRef"] == {"name": "postgres-credentials", "key": "password"}
    assert given["READER"]["value"] == "shop postgres-replicas 5432 shop"


def test_a_gate_asks_for_reads_where_reads_are_needed() -> None:
    made = rendered(REPLICATED)
    (gate,) = made.get("Deployment", "report")["spec"]["template"]["spec"]["initContainers"]
    assert gate["args"][0] == "postgres:reads"
    assert "- postgres:reads tcp://postgres-replicas:5432" in made.lines("startup-gate", "targets")
    assert not [line for line in made.lines("startup-gate", "targets") if "events:reads" in line], "it is used alone"


def test_the_policies_let_who_reads_reach_the_members() -> None:
    policies = Policies([*rendered(REPLICATED).kinds("NetworkPolicy").values()], namespaces={"shop": {}})
    report, search, member = (
        Party(name, f"10.244.0.{at}", "shop", {"app.kubernetes.io/name": name})
        for at, name in enumerate(("report", "search", "postgres"))
    )
    assert policies.allows(report, member, 5432)
    assert not policies.allows(search, member, 5432)


def test_the_variable_is_called_after_that_of_the_url_unless_it_is_named(tmp_path: Path) -> None:
    given = variables(rendered(), "search")
    assert given["EVENTS_READS"] == "postgresql://shop:$(EVENTS_PASSWORD)@events:5433/shop"
    (tmp_path / "catalogue.yaml").write_text(CATALOGUE.replace(", readsVariable: EVENTS_READS", ""))
    made = render_platform(described(catalogue=tmp_path / "catalogue.yaml").platform)
    assert variables(made, "search")["EVENTS_DSN_REPLICA"] == given["EVENTS_READS"]


def test_a_url_that_comes_whole_from_a_secret_is_that_of_reads_too() -> None:
    made = rendered(EXTERNAL | {"external": {**EXTERNAL["external"], "secret": {"urlKey": "url"}}}, services=OWN_READER)  # type: ignore[dict-item]
    found = made.variables("Deployment", "store")["DATABASE_REPLICA_URL"]["valueFrom"]["secretKeyRef"]
    assert found == {"name": "postgres-credentials", "key": "url"}


@pytest.mark.parametrize("output", [compose, swarm])
def test_engines_have_one_server_for_reads_too(output: Output, tmp_path: Path) -> None:
    values = tmp_path / "a.yaml"
    values.write_text(yaml.safe_dump({"postgres": REPLICATED}))
    made = output(described(catalogue=shop().catalogue, values=[values]))
    (text,) = [text for path, text in made.items() if path.endswith(("/compose.yaml", "/stack.yaml"))]
    assert "postgres-replicas" not in text
    assert yaml.safe_load(text)["services"]["report"]["environment"]["READER"] == "shop postgres 5432 shop"


@pytest.mark.parametrize(
    "overlay",
    [
        "{}",
        "postgres: {topology: replicated, image: {repository: registry.example/postgres-patroni}}",
        "postgres: {topology: external, urlOptions: sslmode=require, external: {host: db, readsHost: db-ro, cidrs: [10.1.0.0/24]}}",
        "postgres: {topology: external, external: {host: db, cidrs: [10.1.0.0/24], secret: {urlKey: url}}}",
        "postgres: {topology: external, external: {host: db, readsHost: r, cidrs: [10.1.0.0/24], secret: {urlKey: url}}}",
        "dataServices: {events: {topology: external, external: {host: db, readsHost: r, tls: false, cidrs: [10.1.0.0/24]}}}",
        "services: {report: {enabled: false}}",
        f"{WHOLE}\nservices: {{report: {{env: {{READER: x}}}}}}",
    ],
)
def test_the_chart_has_the_same(overlay: str) -> None:
    assert not broken(shop(), [overlay])


WRONG = [
    (
        'needs: [postgres, "postgres:reads"]',
        'needs: [postgres, "postgres:raeds"]',
        "8: services.store.needs[1]: postgres has no endpoint `raeds`; did you mean reads? allowed: reads, direct",
    ),
    (
        'needs: [postgres, "postgres:reads"]',
        'needs: [postgres, "redis:reads"]',
        "8: services.store.needs[1]: redis has no port `reads`: it has one alone; write redis",
    ),
    (
        'needs: [postgres, "postgres:reads"]',
        'needs: ["postgres:reads", "postgres:reads"]',
        "8: services.store.needs[1]: `postgres:reads` is listed twice; name each need once",
    ),
    (
        "urlVariable: REDIS_URL",
        "urlVariable: REDIS_URL, readsVariable: REDIS_READS",
        "5: dataServices.redis.readsVariable: redis has no endpoint `reads`; remove it",
    ),
    (
        "urlVariable: REDIS_URL",
        "urlVariable: DATABASE_REPLICA_URL",
        "4: dataServices.postgres.readsVariable: DATABASE_REPLICA_URL carries the URL of redis already; choose another variable",
    ),
    (
        "${postgres:reads.database}",
        "${postgres:reads.nmae}",
        (
            "13: services.report.environment.READER: postgres:reads has no `nmae`; allowed: ${postgres:reads.host}, "
            "${postgres:reads.port}, ${postgres:reads.url}, ${postgres:reads.user}, ${postgres:reads.database}, "
            "${postgres:reads.sslmode}, ${postgres:reads.sslrootcert}, ${postgres:reads.password}"
        ),
    ),
    (
        "${postgres:reads.database}",
        "${postgres.database}",
        (
            "13: services.report.environment.READER: `${postgres.database}` is a fact of postgres, which is neither needed nor "
            "used; add it to `needs` or `uses`"
        ),
    ),
]


@pytest.mark.parametrize(("old", "new", "error"), WRONG)
def test_what_is_wrong_is_told_with_the_way_out(tmp_path: Path, old: str, new: str, error: str) -> None:
    assert old in CATALOGUE
    assert errors(tmp_path, catalogue=CATALOGUE.replace(old, new, 1)) == [f"catalogue.yaml:{error}"]


def test_a_host_for_reads_needs_a_url_that_is_made_from_its_parts(tmp_path: Path) -> None:
    overlay = f"{WHOLE.replace(repr(''), 'r')}\nservices: {{report: {{env: {{READER: x}}}}}}"
    error = (
        "a.yaml:1: postgres.external.readsHost: the URL comes whole from a Secret, so services would read at the host in it; "
        "leave it empty, or name the key of the password alone in postgres.external.secret.key and leave urlKey empty"
    )
    assert errors(tmp_path, catalogue=CATALOGUE, overlays={"a.yaml": overlay}) == [error]


def test_the_parts_of_such_a_url_are_unknown_for_reads_too(tmp_path: Path) -> None:
    facts = [f"${{postgres:reads.{fact}}}" for fact in ("database", "user")]
    assert errors(tmp_path, catalogue=CATALOGUE, overlays={"a.yaml": WHOLE}) == [
        f"a.yaml:1: postgres.external.secret.urlKey: the URL comes whole from a Secret, but READER of report asks for {fact}; "
        f"let the program read DATABASE_REPLICA_URL, or set services.report.env.READER otherwise"
        for fact in facts
    ]


def test_who_reads_and_writes_has_a_pool_for_each(tmp_path: Path) -> None:
    """Two pods in a rollout, with a pool of five: twenty of store and ten of report."""
    overlay = "postgres: {maxConnections: 44}"
    error = (
        "a.yaml:1: postgres.maxConnections: all services at their largest, rollouts counted, open 30 connections, "
        "but there is room for 29; raise it, or lower database.poolSize or autoscaling.maxReplicas"
    )
    assert errors(tmp_path, catalogue=CATALOGUE, overlays={"a.yaml": overlay}) == [error]
    assert not errors(tmp_path, catalogue=CATALOGUE, overlays={"a.yaml": overlay.replace("44", "45")})
