"""`everyService` gives each service what it says, `without` takes out of it, and its errors are told once, where it is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.chart.law import broken
from tests.chart.platforms import Charted, charted, charted_text
from tests.rendering import Rendered, render_platform
from tests.shop import errors

CATALOGUE = """\
name: shop
tiers: [{name: data}, {name: back}, {name: front}]
dataServices:
  redis: {tier: data, port: 6379, urlVariable: REDIS_URL}
secrets:
  jwt: {source: generated, keys: [JWT_SECRET]}
external:
  mail: {ports: [587]}
everyService:
  needs: [redis]
  uses: [logging]
  secrets: [jwt]
  external: [mail]
  environment: {LOG_LEVEL: info, LOG_TO: $(LOGGING_SERVICE_URL)/v1, HOME: "{{ home }}"}
services:
  logging: {tier: back, port: 3001, without: [LOG_TO, mail]}
  store:
    tier: back
    port: 3002
    without: [redis]
    environment: {LOG_LEVEL: debug, STORE: "yes"}
  web:
    tier: front
    port: 3000
    needs: [store]
    secrets: [jwt]
"""


def shop() -> Charted:
    return charted_text(CATALOGUE)


def rendered(**overlay: Any) -> Rendered:
    return render_platform(shop().load_with(overlay))


def texts(made: Rendered, name: str) -> dict[str, str]:
    """The variables of a service that have a text, in their order."""
    return {name: one["value"] for name, one in made.variables("Deployment", name).items() if "value" in one}


def test_each_service_has_what_every_service_has_after_its_own() -> None:
    web = rendered().variables("Deployment", "web")
    assert list(web) == [
        "REDIS_PASSWORD",
        "PORT",
        "SERVICE_NAME",
        "STORE_SERVICE_URL",
        "REDIS_URL",
        "LOGGING_SERVICE_URL",
        "JWT_SECRET",
        "LOG_LEVEL",
        "LOG_TO",
        "HOME",
    ]
    assert texts(rendered(), "web")["HOME"] == "{{ home }}"
    egress = str(rendered().get("NetworkPolicy", "web")["spec"]["egress"])
    assert all(word in egress for word in ("redis", "logging", "store", "587"))


def test_a_need_of_every_service_is_a_wait() -> None:
    spec = rendered(startup={"order": "graph"}).get("Deployment", "logging")["spec"]["template"]["spec"]
    assert [gate["args"] for gate in spec["initContainers"]] == [["redis"]]


def test_nothing_is_added_to_itself() -> None:
    made = rendered()
    assert "LOGGING_SERVICE_URL" not in made.variables("Deployment", "logging")
    ingress = made.get("NetworkPolicy", "logging")["spec"]["ingress"]
    assert ingress[0]["from"][0]["podSelector"]["matchExpressions"][0]["values"] == ["store", "web"]


def test_a_service_says_otherwise_by_its_own_variables_and_by_without() -> None:
    made = rendered()
    assert texts(made, "store")["LOG_LEVEL"] == "debug"
    assert texts(made, "store")["STORE"] == "yes"
    assert "REDIS_URL" not in made.variables("Deployment", "store")
    assert "redis" not in str(made.get("NetworkPolicy", "store"))
    assert "LOG_TO" not in made.variables("Deployment", "logging")
    assert "587" not in str(made.get("NetworkPolicy", "logging"))


def test_the_values_say_otherwise_than_every_service_too() -> None:
    made = rendered(services={"web": {"env": {"LOG_LEVEL": "warn"}}}, defaults={"env": {"HOME": "here"}})
    assert (texts(made, "web")["LOG_LEVEL"], texts(made, "web")["HOME"]) == ("warn", "here")
    assert [one["name"] for one in made.container("Deployment", "web")["env"]].count("LOG_LEVEL") == 1


def test_it_is_the_same_as_if_each_service_said_it(tmp_path: Path) -> None:
    short = (
        "{name: shop, tiers: [{name: t}], everyService: {uses: [a]}, services: {a: {tier: t, port: 80}, b: {tier: t, port: 80}}}"
    )
    long = "{name: shop, tiers: [{name: t}], services: {a: {tier: t, port: 80}, b: {tier: t, port: 80, uses: [a]}}}"
    made = []
    for name, text in (("short", short), ("long", long)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "catalogue.yaml").write_text(text)
        platform = charted(tmp_path / name / "catalogue.yaml")
        made.append((platform.objects(platform.load([])), (platform.chart / "templates" / "services" / "b.yaml").read_text()))
    assert made[0] == made[1]


@pytest.mark.helm
@pytest.mark.parametrize(
    "overlay",
    [
        "startup: {order: tiers}",
        "startup: {order: graph}",
        "services: {web: {env: {LOG_TO: x, LOG_LEVEL: y}}, logging: {enabled: false}, store: {env: {LOG_TO: z}}}",
        "services: {logging: {enabled: false}}",
        "defaults: {env: {LOG_TO: x}}\nservices: {logging: {enabled: false}}",
        "defaults: {env: {REDIS_URL: x}}",
    ],
)
def test_both_outputs_make_the_same_of_it_and_refuse_the_same(overlay: str) -> None:
    assert not broken(shop(), [overlay])


# (what the catalogue says, what it is to say, the errors)
WRONG = [
    (
        "needs: [redis]\n",
        "needs: [reids]\n",
        ["10: everyService.needs[0]: there is no service `reids`; did you mean redis? allowed: redis, logging, store, web"],
    ),
    (
        "needs: [redis]\n",
        "needs: [redis, postgres, redis]\n",
        [
            "10: everyService.needs[1]: the platform has no postgres; add it to dataServices, or drop the need",
            "10: everyService.needs[2]: `redis` is listed twice; name each need once",
        ],
    ),
    (
        "uses: [logging]",
        "uses: [logging, redis]",
        ["11: everyService.uses[1]: everyService needs redis already, and a need reaches it too; drop one of the two"],
    ),
    (
        "secrets: [jwt]\n  external",
        "secrets: [jtw]\n  external",
        ["12: everyService.secrets[0]: there is no secret `jtw`; did you mean jwt? allowed: jwt"],
    ),
    (
        "external: [mail]\n",
        "external: [mail, mail]\n",
        ["13: everyService.external[1]: `mail` is listed twice; name each once"],
    ),
    (
        "{LOG_LEVEL: info,",
        "{LOG_LEVEL: '${publicURL}',",
        [
            (
                "14: everyService.environment.LOG_LEVEL: there is no placeholder `${publicURL}`; did you mean ${publicUrl}? "
                "allowed: ${publicUrl}, ${redis.host}, ${redis.port}, ${redis.url}, ${redis.sentinels}, "
                "${redis.masterName}, ${redis.nodes}, ${redis.password}, ${logging.host}, "
                "${logging.port}, ${logging.url}, or $${publicURL} for the text itself"
            )
        ],
    ),
    (
        "{LOG_LEVEL: info,",
        "{LOG_LEVEL: $(NONE),",
        [
            (
                "14: everyService.environment.LOG_LEVEL: in logging and web: there is no variable for $(NONE); "
                "refer to one that comes before it, or write $$(NONE) for the text itself"
            )
        ],
    ),
    (
        "without: [LOG_TO, mail]",
        "without: [mail]",
        [
            (
                "14: everyService.environment.LOG_TO: in logging: there is no variable for $(LOGGING_SERVICE_URL); "
                "refer to one that comes before it, or write $$(LOGGING_SERVICE_URL) for the text itself"
            )
        ],
    ),
    (
        "{LOG_LEVEL: info,",
        "{JWT_SECRET: x, REDIS_URL: x, LOG_LEVEL: info,",
        [
            (
                "14: everyService.environment.JWT_SECRET: in logging, store and web: JWT_SECRET comes from the secret `jwt`; "
                "remove it here"
            ),
            ("14: everyService.environment.REDIS_URL: in logging and web: REDIS_URL carries the URL of redis; remove it here"),
        ],
    ),
    (
        "LOG_LEVEL: info",
        "LOG_LEVEL: 3",
        ["14: everyService.environment.LOG_LEVEL: 3 is not allowed; allowed: text, so put it in quotes"],
    ),
    (
        "everyService:\n",
        "everyService:\n  tier: back\n",
        ["10: everyService.tier: unknown key; allowed: needs, uses, environment, secrets, external"],
    ),
    (
        "needs: [redis]\n  uses: [logging]",
        "needs: [redis, web]\n  uses: [logging]",
        [
            (
                "10: everyService.needs[1]: in logging and store: web is in the later tier front; "
                "write it in `uses`, which does not wait, or leave it out there by `without: [web]`"
            )
        ],
    ),
    (
        "needs: [redis]\n  uses: [logging]",
        "needs: [redis, store]\n  uses: []",
        [
            (
                "14: everyService.environment.LOG_TO: in store and web: there is no variable for $(LOGGING_SERVICE_URL); "
                "refer to one that comes before it, or write $$(LOGGING_SERVICE_URL) for the text itself"
            )
        ],
    ),
    (
        "    without: [redis]\n",
        "    without: [redis, redsi, redis]\n",
        [
            (
                "20: services.store.without[1]: everyService has no `redsi`; "
                "did you mean redis? allowed: redis, logging, jwt, mail, LOG_LEVEL, LOG_TO, HOME"
            ),
            "20: services.store.without[2]: `redis` is listed twice; name each once",
        ],
    ),
    (
        "    without: [redis]\n",
        "    uses: [redis]\n",
        [
            (
                "20: services.store.uses[0]: store needs redis already, by everyService; "
                "drop it here, or add `without: [redis]` to store"
            )
        ],
    ),
    (
        "    needs: [store]\n",
        "    needs: [store, logging]\n",
        ["25: services.web.needs[1]: web uses logging already, by everyService; drop it here, or add `without: [logging]` to web"],
    ),
    ("    without: [redis]\n", "    without: redis\n", ["20: services.store.without: 'redis' is not allowed; allowed: a list"]),
]


@pytest.mark.parametrize(("found", "instead", "found_errors"), WRONG)
def test_a_wrong_entry_is_told_once_with_its_line_and_the_way_out(
    tmp_path: Path, found: str, instead: str, found_errors: list[str]
) -> None:
    assert CATALOGUE.count(found) == 1
    assert errors(tmp_path, catalogue=CATALOGUE.replace(found, instead)) == [f"catalogue.yaml:{one}" for one in found_errors]


def test_what_refers_to_the_url_of_a_service_that_is_left_out_is_one_error(tmp_path: Path) -> None:
    off, wrong = "services: {logging: {enabled: false}}", "off.yaml:1: services.logging.enabled: logging is left out, but LOG_TO of"
    assert errors(tmp_path, catalogue=CATALOGUE, overlays={"off.yaml": off}) == [
        f"{wrong} store and web refers to LOGGING_SERVICE_URL; enable it, or set defaults.env.LOG_TO otherwise"
    ]
    assert errors(tmp_path, catalogue=CATALOGUE, overlays={"off.yaml": off.replace("}}", "}, store: {env: {LOG_TO: x}}}")}) == [
        f"{wrong} web refers to LOGGING_SERVICE_URL; enable it, or set services.web.env.LOG_TO otherwise"
    ]


def test_all_cycles_that_a_need_of_every_service_closes_are_one_error(tmp_path: Path) -> None:
    services = {name: {"tier": "t", "port": 80} for name in ("a", "b", "c")}
    services["z"] = {"tier": "t", "port": 80, "needs": ["a", "b"]}
    catalogue = {"name": "shop", "tiers": [{"name": "t"}], "everyService": {"needs": ["z"]}, "services": services}
    wrong = "the needs form a cycle: a -> z -> a"
    allowed = "write z in `uses`, which does not wait, or leave it out of a and b by `without: [z]`"
    assert errors(tmp_path, catalogue=json.dumps(catalogue)) == [
        f"catalogue.yaml:1: everyService.needs[0]: {wrong}; {allowed}; without the needs that are named so no cycle is left"
    ]
    for name in ("a", "b"):
        services[name]["without"] = ["z"]
    assert errors(tmp_path, catalogue=json.dumps(catalogue)) == []


def test_a_cycle_with_a_need_of_every_service_is_told_there_whatever_the_names(tmp_path: Path) -> None:
    """A name that comes first would else decide, and the error would be about a need that only this one makes wrong."""
    services = {"a": {"tier": "t", "port": 80, "needs": ["b"]}, "b": {"tier": "t", "port": 80}}
    catalogue = {"name": "shop", "tiers": [{"name": "t"}], "everyService": {"needs": ["a"]}, "services": services}
    wrong = "the needs form a cycle: b -> a -> b"
    allowed = "write a in `uses`, which does not wait, or leave it out of b by `without: [a]`"
    assert errors(tmp_path, catalogue=json.dumps(catalogue)) == [
        f"catalogue.yaml:1: everyService.needs[0]: {wrong}; {allowed}; without the needs that are named so no cycle is left"
    ]


def test_what_a_service_has_itself_is_not_given_a_second_time(tmp_path: Path) -> None:
    same = CATALOGUE.replace("    secrets: [jwt]\n", "    secrets: [jwt]\n    uses: [logging]\n    external: [mail]\n")
    assert errors(tmp_path, catalogue=same.replace("needs: [store]", "needs: [store, redis]")) == []


def test_an_unknown_name_there_hides_no_other_error_and_makes_none(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace("needs: [redis]\n", "needs: [redsi]\n").replace("tier: front", "tier: font")
    assert errors(tmp_path, catalogue=catalogue, overlays={"shop.yaml": "services: {web: {replicas: -1}}"}) == [
        (
            "catalogue.yaml:10: everyService.needs[0]: there is no service `redsi`; "
            "did you mean redis? allowed: redis, logging, store, web"
        ),
        "catalogue.yaml:23: services.web.tier: there is no tier `font`; did you mean front? allowed: data, back, front",
        "shop.yaml:1: services.web.replicas: -1 is not allowed; allowed: a whole number from 0 to 10000",
    ]


def test_a_list_that_is_none_hides_no_other_error_and_makes_none(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace("needs: [redis]\n", "needs: redis\n").replace("tier: front", "tier: font")
    assert errors(tmp_path, catalogue=catalogue) == [
        "catalogue.yaml:10: everyService.needs: 'redis' is not allowed; allowed: a list",
        "catalogue.yaml:23: services.web.tier: there is no tier `font`; did you mean front? allowed: data, back, front",
    ]
