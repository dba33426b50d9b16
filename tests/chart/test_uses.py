"""What is used is reached and its address is known, but nothing waits for it; where it is left out, nothing of it is left."""

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
tiers: [{name: data}, {name: back}, {name: front}, {name: late}]
dataServices:
  postgres: {tier: data, port: 5432, urlVariable: DATABASE_URL}
  redis: {tier: late, port: 6379, urlVariable: REDIS_URL}
services:
  store:
    tier: back
    port: 3001
    needs: [postgres]
    uses: [web, redis]
  hints:
    tier: back
    port: 3002
    uses: [store, postgres]
    environment: {STORE: "$(STORE_SERVICE_URL)/v1"}
  web:
    tier: front
    port: 3000
    needs: [store]
    uses: [hints]
"""
"""A cycle of a need and a use, uses of a later tier, a data service that only uses reach, and one that some need and some use."""

WITHOUT_HINTS = "services: {hints: {enabled: false}}"
ORDERS = ("startup: {order: tiers}", "startup: {order: graph}")


def shop() -> Charted:
    return charted_text(CATALOGUE)


def rendered(**overlay: Any) -> Rendered:
    return render_platform(shop().load_with(overlay))


def allowed(made: Rendered, source: str, target: str, port: int) -> bool:
    """Whether the policies let the pods of one workload connect to those of another."""
    parties = {name: Party(name, "10.1.0.1", "shop", {"app.kubernetes.io/name": name}) for name in (source, target)}
    policies = Policies(made.kinds("NetworkPolicy").values(), namespaces={"shop": {"kubernetes.io/metadata.name": "shop"}})
    return policies.allows(parties[source], parties[target], port)


def test_what_is_used_is_reached_and_what_uses_it_is_admitted() -> None:
    made = rendered()
    assert allowed(made, "store", "web", 3000)
    assert allowed(made, "store", "redis", 6379)
    assert allowed(made, "hints", "postgres", 5432)
    assert allowed(made, "web", "hints", 3002)
    assert not allowed(made, "hints", "web", 3000)
    assert not allowed(made, "web", "postgres", 5432)
    assert not allowed(made, "web", "redis", 6379)


def test_what_is_used_gives_its_url_and_a_data_service_its_password() -> None:
    store, hints = (rendered().variables("Deployment", name) for name in ("store", "hints"))
    assert store["WEB_SERVICE_URL"]["value"] == "http://web:3000"
    assert store["REDIS_URL"]["value"] == "redis://:$(REDIS_PASSWORD)@redis:6379"
    assert store["REDIS_PASSWORD"]["valueFrom"]["secretKeyRef"]["name"] == "redis-credentials"
    assert hints["DATABASE_URL"]["value"].startswith("postgresql://shop:$(DB_PASSWORD)@postgres:5432/shop")
    assert list(store)[:4] == ["DB_PASSWORD", "REDIS_PASSWORD", "PORT", "SERVICE_NAME"]


@pytest.mark.parametrize("order", ["tiers", "graph"])
def test_nothing_waits_for_what_is_only_used(order: str) -> None:
    made = rendered(startup={"order": order})
    by_order = [["--tier", "data", "--gates-behind", "1"]] if order == "tiers" else []
    assert made.gates("hints") == [one[:2] for one in by_order]
    assert [args[0] for args in made.gates("web")] == (["--tier", "store"] if order == "tiers" else ["store"])
    for name in ("store", "hints", "web"):
        for args in made.gates(name):
            assert not {"hints", "redis", "web"} & set(args)


def test_uses_are_no_edges_of_the_levels() -> None:
    waves = {
        name: rendered(startup={"order": "graph"}).get("Deployment", name)["metadata"]["annotations"][
            "argocd.argoproj.io/sync-wave"
        ]
        for name in ("store", "hints", "web")
    }
    assert waves == {"store": "1", "hints": "0", "web": "2"}


def test_where_a_used_service_is_left_out_its_url_and_the_way_to_it_are_too() -> None:
    made = rendered(services={"hints": {"enabled": False}})
    assert not made.has("Deployment", "hints")
    assert "HINTS_SERVICE_URL" not in made.variables("Deployment", "web")
    egress = made.get("NetworkPolicy", "web")["spec"]["egress"]
    assert "hints" not in str(egress)
    assert "store" in str(egress)
    assert "hints" in str(rendered().get("NetworkPolicy", "web")["spec"]["egress"])


def test_where_an_optional_need_is_left_out_the_way_to_it_is_too(tmp_path: Path) -> None:
    file = tmp_path / "catalogue.yaml"
    file.write_text(
        CATALOGUE.replace("needs: [store]", "needs: [store, hints]")
        .replace("uses: [hints]", "uses: []")
        .replace("port: 3002", "port: 3002\n    optional: true")
    )
    made = render_platform(charted(file).load_with({"services": {"hints": {"enabled": False}}}))
    assert "hints" not in str(made.get("NetworkPolicy", "web")["spec"]["egress"])
    assert "HINTS_SERVICE_URL" not in made.variables("Deployment", "web")


@pytest.mark.helm
@pytest.mark.parametrize(
    "overlay",
    [
        *ORDERS,
        WITHOUT_HINTS,
        f"{WITHOUT_HINTS}\nstartup: {{order: graph}}",
        "services: {web: {enabled: false}}",
        "services: {store: {enabled: false}, web: {enabled: false}}",
        "services: {store: {enabled: false}}",
        "redis: {topology: external, external: {host: a.example, cidrs: [10.0.0.0/8], secret: {name: own}}}",
        "services: {hints: {enabled: false}, web: {env: {A: $(HINTS_SERVICE_URL)}}}",
        "services: {hints: {enabled: false}, web: {enabled: false, env: {A: $(HINTS_SERVICE_URL)}}}",
        "services: {store: {enabled: false}, hints: {enabled: false}, web: {enabled: false}}",
        "services: {store: {enabled: false}, hints: {env: {STORE: x}}, web: {enabled: false}}",
        "services: {web: {env: {A: $(HINTS_SERVICE_URL)}}}",
        "services: {web: {env: {HINTS_SERVICE_URL: x}}}",
        "services: {hints: {env: {DB_PASSWORD: x}}}",
        "services: {hints: {replicas: 0}}\nstartup: {order: graph}",
        "services: {web: {replicas: 0}}",
    ],
)
def test_both_outputs_make_the_same_of_it_and_refuse_the_same(overlay: str) -> None:
    assert not broken(shop(), [overlay])


OPTIONAL = """\
name: shop
tiers: [{name: only}]
services:
  hints: {tier: only, port: 80, optional: true}
  needs-it: {tier: only, port: 80, needs: [hints]}
  uses-it: {tier: only, port: 80, uses: [hints]}
  both: {tier: only, port: 80, needs: [needs-it], uses: [uses-it], environment: {BEHIND: "${uses-it.host}"}}
"""


def test_an_optional_service_may_be_left_out_by_those_that_need_and_those_that_use_it(tmp_path: Path) -> None:
    (tmp_path / "catalogue.yaml").write_text(OPTIONAL)
    platform = charted(tmp_path / "catalogue.yaml")
    here, gone = (render_platform(platform.load_with(one)) for one in ({}, {"services": {"hints": {"enabled": False}}}))
    for name in ("needs-it", "uses-it"):
        assert "HINTS_SERVICE_URL" in here.variables("Deployment", name)
        assert "HINTS_SERVICE_URL" not in gone.variables("Deployment", name)
        assert allowed(here, name, "hints", 80)
        assert "hints" not in str(gone.get("NetworkPolicy", name))
    assert "hints" not in gone.get("ConfigMap", "startup-gate")["data"]["targets"]
    assert (here.gates("needs-it"), here.gates("uses-it")) == ([["hints"]], [])


@pytest.mark.helm
@pytest.mark.parametrize("name", ["hints", "needs-it", "uses-it", "both"])
def test_the_chart_leaves_out_the_same_around_an_optional_service(tmp_path: Path, name: str) -> None:
    (tmp_path / "catalogue.yaml").write_text(OPTIONAL)
    assert not broken(charted(tmp_path / "catalogue.yaml"), [f"services: {{{name}: {{enabled: false}}}}"])


def test_a_service_that_is_only_used_can_be_left_out_and_one_that_is_needed_cannot(tmp_path: Path) -> None:
    off = "services: {store: {enabled: false}, hints: {enabled: false}}"
    assert errors(tmp_path, catalogue=CATALOGUE, overlays={"off.yaml": WITHOUT_HINTS}) == []
    assert errors(tmp_path, catalogue=CATALOGUE, overlays={"off.yaml": off}) == [
        "off.yaml:1: services.store.enabled: store is left out, but web needs it; enable it, or disable web too"
    ]


def test_what_refers_to_the_url_of_a_used_service_keeps_it(tmp_path: Path) -> None:
    off = "services: {store: {enabled: false}, web: {enabled: false}}"
    assert errors(tmp_path, catalogue=CATALOGUE, overlays={"off.yaml": off}) == [
        (
            "off.yaml:1: services.store.enabled: store is left out, but STORE of hints refers to STORE_SERVICE_URL; "
            "enable it, or set services.hints.env.STORE otherwise"
        )
    ]
    own = "services: {hints: {enabled: false}, web: {env: {A: $(HINTS_SERVICE_URL)}}}"
    assert errors(tmp_path, catalogue=CATALOGUE, overlays={"own.yaml": own}) == [
        (
            "own.yaml:1: services.web.env.A: there is no variable for $(HINTS_SERVICE_URL); "
            "refer to one that comes before it, or write $$(HINTS_SERVICE_URL) for the text itself"
        )
    ]


def test_a_used_service_may_have_no_pods(tmp_path: Path) -> None:
    none = "services: {hints: {replicas: 0}}\nstartup: {order: graph}"
    assert errors(tmp_path, catalogue=CATALOGUE, overlays={"none.yaml": none}) == []


def test_who_uses_postgres_counts_among_its_connections(tmp_path: Path) -> None:
    few = "postgres: {maxConnections: 40}\ndefaults: {database: {poolSize: 10}}"
    assert errors(tmp_path, catalogue=CATALOGUE, overlays={"few.yaml": few}) == [
        (
            "few.yaml:1: postgres.maxConnections: all services at their largest, rollouts counted, open 40 connections, "
            "but there is room for 25; raise it, or lower database.poolSize or autoscaling.maxReplicas"
        )
    ]


# (what the catalogue says, what it is to say, the error)
WRONG = [
    (
        "uses: [hints]",
        "uses: [hint]",
        "21: services.web.uses[0]: there is no service `hint`; did you mean hints? allowed: postgres, redis, store, hints, web",
    ),
    (
        "uses: [hints]",
        "uses: [rabbitmq]",
        "21: services.web.uses[0]: the platform has no rabbitmq; add it to dataServices, or drop the use",
    ),
    ("uses: [hints]", "uses: [hints, hints]", "21: services.web.uses[1]: `hints` is listed twice; name each use once"),
    ("uses: [hints]", "uses: [web]", "21: services.web.uses[0]: web uses itself; drop the use"),
    (
        "uses: [hints]",
        "uses: [hints, store]",
        "21: services.web.uses[1]: web needs store already, and a need reaches it too; drop one of the two",
    ),
    (
        "uses: [hints]",
        "uses: Hints",
        "21: services.web.uses: 'Hints' is not allowed; allowed: a list",
    ),
    (
        "tier: front\n",
        "tier: front\n    urlVariable: DB_PASSWORD\n",
        (
            "11: services.store.uses[0]: DB_PASSWORD, the variable for the URL of web, holds the password of postgres already; "
            "choose another urlVariable for web"
        ),
    ),
    (
        "environment: {STORE: ",
        "environment: {DATABASE_URL: x, STORE: ",
        "16: services.hints.environment.DATABASE_URL: DATABASE_URL carries the URL of postgres; remove it here",
    ),
]


@pytest.mark.parametrize(("found", "instead", "error"), WRONG)
def test_a_wrong_use_is_told_with_its_line_and_the_way_out(tmp_path: Path, found: str, instead: str, error: str) -> None:
    assert CATALOGUE.count(found) == 1
    assert errors(tmp_path, catalogue=CATALOGUE.replace(found, instead)) == [f"catalogue.yaml:{error}"]


def test_needs_that_no_order_can_meet_are_all_told_at_once_with_uses_as_the_way_out(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace("uses: [web, redis]", "needs: [postgres, redis, hints, web]").replace(
        "    needs: [postgres]\n", ""
    )
    catalogue = catalogue.replace("uses: [store, postgres]", "needs: [store]")
    remedy = "without the needs that are named so no cycle is left"
    assert errors(tmp_path, catalogue=catalogue) == [
        (
            "catalogue.yaml:10: services.store.needs[1]: store (tier back) needs redis of the later tier late; "
            "move store to late or later, or write it in `uses`, which does not wait"
        ),
        (
            "catalogue.yaml:10: services.store.needs[3]: store (tier back) needs web of the later tier front; "
            "write it in `uses`, which does not wait: as a need it would close a cycle in front too, store -> web -> store"
        ),
        (
            "catalogue.yaml:14: services.hints.needs[0]: the needs form a cycle: hints -> store -> hints; "
            f"write store in `uses`, which does not wait, or drop the need; {remedy}"
        ),
    ]
