"""Data services of any name, several of a kind: each has all that its kind has, and nothing of another."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.platforms import several
from tests.rendering import Rendered
from tests.shop import errors
from tierwright.components.data.redis.values import RedisValues
from tierwright.config.problems import ConfigError
from tierwright.outputs.helm import chart_files
from tierwright.outputs.manifests import manifest_files
from tierwright.pipeline import described

CATALOGUE = """\
name: shop
tiers:
  - name: data
  - name: back
dataServices:
  postgres: {tier: data, port: 5432, urlVariable: DATABASE_URL}
  plugin-db: {kind: postgres, tier: data, port: 5433, urlVariable: PLUGIN_DB_URL}
  cache: {kind: redis, tier: data, port: 6379, urlVariable: CACHE_URL}
  jobs: {kind: rabbitmq, tier: data, port: 5672, urlVariable: JOBS_URL}
services:
  store: {tier: back, port: 3001, needs: [postgres, plugin-db, cache, jobs]}
  web: {tier: back, port: 3002, needs: [plugin-db]}
  other: {tier: back, port: 3003}
"""


def rendered(folder: Path, overlay: Mapping[str, Any] | None = None) -> Rendered:
    (folder / "catalogue.yaml").write_text(CATALOGUE)
    (folder / "a.yaml").write_text(yaml.safe_dump(dict(overlay or {})))
    platform = described(catalogue=folder / "catalogue.yaml", values=[folder / "a.yaml"])
    return Rendered.of(platform.platform, manifest_files(platform.objects))


def wrong(folder: Path, change: tuple[str, str] = ("", ""), overlay: str = "{}") -> list[str]:
    """The errors of the shop where its catalogue is changed so."""
    old, new = change
    assert old in CATALOGUE
    return errors(folder, catalogue=CATALOGUE.replace(old, new, 1), overlays={"a.yaml": overlay})


def test_each_has_all_the_objects_of_its_kind_and_no_two_share_one(tmp_path: Path) -> None:
    made = rendered(tmp_path)
    for name in ("postgres", "plugin-db", "cache", "jobs"):
        for kind, of_it in (
            ("StatefulSet", name),
            ("Service", name),
            ("Service", f"{name}-nodes"),
            ("Service", f"{name}-ready"),
            ("ServiceAccount", name),
            ("ConfigMap", f"{name}-config"),
            ("NetworkPolicy", name),
        ):
            assert made.get(kind, of_it)["metadata"]["labels"]["app.kubernetes.io/name"] == name, (kind, of_it)
        pod = made.get("StatefulSet", name)["spec"]["template"]
        assert pod["spec"]["serviceAccountName"] == name
        others = {"postgres", "plugin-db", "cache", "jobs"} - {name}
        text = yaml.safe_dump({key: one for key, one in pod["spec"].items() if key != "containers"})
        assert not [other for other in others if f"{other}-" in text]


def test_only_those_that_need_it_are_let_in(tmp_path: Path) -> None:
    made = rendered(tmp_path)

    def clients(name: str) -> list[str]:
        (rule,) = made.get("NetworkPolicy", name)["spec"]["ingress"]
        (peer,) = rule["from"]
        names: list[str] = peer["podSelector"]["matchExpressions"][0]["values"]
        return names

    assert {name: clients(name) for name in ("postgres", "plugin-db", "cache", "jobs")} == {
        "postgres": ["store"],
        "plugin-db": ["store", "web"],
        "cache": ["store"],
        "jobs": ["store"],
    }
    assert made.get("NetworkPolicy", "plugin-db")["spec"]["ingress"][0]["ports"] == [{"protocol": "TCP", "port": 5433}]


def test_a_service_gets_url_and_password_of_each(tmp_path: Path) -> None:
    made = rendered(tmp_path, {"dataServices": {"plugin-db": {"user": "plug in", "database": "plugins"}}})
    variables = made.variables("Deployment", "store")
    urls = {name: one["value"] for name, one in variables.items() if name.endswith("_URL")}
    assert urls == {
        "DATABASE_URL": "postgresql://shop:$(DB_PASSWORD)@postgres:5432/shop",
        "PLUGIN_DB_URL": "postgresql://plug%20in:$(PLUGIN_DB_PASSWORD)@plugin-db:5433/plugins",
        "CACHE_URL": "redis://:$(CACHE_PASSWORD)@cache:6379",
        "JOBS_URL": "amqp://shop:$(JOBS_PASSWORD)@jobs:5672",
    }
    secrets = {name: one["valueFrom"]["secretKeyRef"]["name"] for name, one in variables.items() if "valueFrom" in one}
    assert secrets == {
        "DB_PASSWORD": "postgres-credentials",
        "PLUGIN_DB_PASSWORD": "plugin-db-credentials",
        "CACHE_PASSWORD": "cache-credentials",
        "JOBS_PASSWORD": "jobs-credentials",
    }
    assert list(made.variables("Deployment", "web"))[:1] == ["PLUGIN_DB_PASSWORD"]
    assert "DB_PASSWORD" not in made.variables("Deployment", "web")


def test_the_job_makes_the_secrets_of_each(tmp_path: Path) -> None:
    assert rendered(tmp_path).container("Job", "secret-generator")["args"] == [
        "postgres-credentials:password",
        "postgres-administrator:password",
        "plugin-db-credentials:password",
        "plugin-db-administrator:password",
        "jobs-credentials:password,erlang-cookie",
        "cache-credentials:password",
        "cache-administrator:password",
    ]


def test_external_secrets_fetches_those_of_each(tmp_path: Path) -> None:
    made = rendered(tmp_path, {"secrets": {"mode": "external", "store": {"name": "vault"}}})
    (data,) = made.get("ExternalSecret", "plugin-db-credentials")["spec"]["data"]
    assert data["remoteRef"].items() >= {"key": "shop/plugin-db-credentials", "property": "password"}.items()


def test_the_values_of_one_are_not_those_of_another(tmp_path: Path) -> None:
    overlay = {
        "postgres": {"image": {"tag": "17"}, "storage": {"size": "20Gi"}},
        "dataServices": {
            "plugin-db": {"developerAccess": {"enabled": True, "cidrs": ["10.0.0.0/8"]}},
            "cache": {"evictionPolicy": "allkeys-lru", "podAnnotations": {"a": "b"}},
        },
    }
    made = rendered(tmp_path, overlay)
    images = {name: made.container("StatefulSet", name)["image"] for name in ("postgres", "plugin-db")}
    assert images == {"postgres": "postgres:17", "plugin-db": "postgres:16"}
    sizes = {
        name: made.get("StatefulSet", name)["spec"]["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"]
        for name in ("postgres", "plugin-db")
    }
    assert sizes == {"postgres": "20Gi", "plugin-db": "10Gi"}
    assert made.has("Service", "plugin-db-developer")
    assert not made.has("Service", "postgres-developer")
    assert "maxmemory-policy allkeys-lru" in made.get("ConfigMap", "cache-config")["data"]["redis.conf"]


def test_one_may_be_external_and_the_other_not(tmp_path: Path) -> None:
    external = {"host": "db.example", "tls": False, "cidrs": ["10.9.0.0/24"]}
    made = rendered(tmp_path, {"dataServices": {"plugin-db": {"topology": "external", "external": external}}})
    assert made.has("StatefulSet", "postgres")
    assert not made.has("StatefulSet", "plugin-db")
    url = made.variables("Deployment", "web")["PLUGIN_DB_URL"]["value"]
    assert url == "postgresql://shop:$(PLUGIN_DB_PASSWORD)@db.example:5432/shop"
    targets = made.lines("startup-gate", "targets")
    assert "data plugin-db tcp://db.example:5432 tcp://db.example:5432" in targets
    assert "data postgres tcp://postgres:5432 dns://postgres-ready" in targets
    blocks = [rule["to"] for rule in made.get("NetworkPolicy", "web")["spec"]["egress"]]
    assert [{"ipBlock": {"cidr": "10.9.0.0/24"}}] in blocks


def test_rabbitmq_names_its_node_after_itself(tmp_path: Path) -> None:
    variables = rendered(tmp_path).variables("StatefulSet", "jobs")
    assert variables["RABBITMQ_NODENAME"]["value"] == "rabbit@$(POD_NAME).jobs-nodes.shop.svc.cluster.local"


def test_each_server_offers_enough_for_the_services_that_need_it(tmp_path: Path) -> None:
    """A pod opens a pool to each database that it needs: one of `store` and one of `web` to plugin-db, one to postgres."""
    said = "open {} connections, but there is room for {}; raise it, or lower database.poolSize or autoscaling.maxReplicas"
    overlay = "postgres: {maxConnections: 20}\ndataServices: {plugin-db: {maxConnections: 30}}"
    counted = "all services at their largest, rollouts counted, "
    assert wrong(tmp_path, overlay=overlay) == [
        f"a.yaml:1: postgres.maxConnections: {counted}{said.format(10, 5)}",
        f"a.yaml:2: dataServices.plugin-db.maxConnections: {counted}{said.format(20, 15)}",
    ]


@pytest.mark.parametrize(
    ("overlay", "error"),
    [
        (
            "dataServices: {plugin-db: {user: postgres}}",
            (
                "1: dataServices.plugin-db.user: PostgreSQL, or its administrator, has a role of this name already; "
                "choose another name, such as services"
            ),
        ),
        (
            "dataServices: {plugin-db: {topology: external, external: {cidrs: [10.1.0.0/24], tls: false}}}",
            (
                "1: dataServices.plugin-db.topology: plugin-db is external, but dataServices.plugin-db.external.host is empty; "
                "give a DNS name or an IPv4 address there"
            ),
        ),
        (
            "dataServices: {plugin-db: {topology: external, external: {host: db, cidrs: [10.1.0.0/24]}}}",
            (
                "1: dataServices.plugin-db.topology: plugin-db is external and dataServices.plugin-db.external.tls is on, but "
                "dataServices.plugin-db.urlOptions does not ask for TLS; "
                "add sslmode=require, or verify-full, to dataServices.plugin-db.urlOptions"
            ),
        ),
        (
            "dataServices: {plugin-db: {urlOptions: 'a=$(DB_PASSWORD)'}}",
            (
                "1: dataServices.plugin-db.urlOptions: there is no variable for $(DB_PASSWORD); "
                "refer to one that comes before it, or write $$(DB_PASSWORD) for the text itself"
            ),
        ),
        (
            "dataServices: {jobs: {diskFreeLimit: 9GB}}",
            (
                "1: dataServices.jobs.diskFreeLimit: 9GB must stay free on a volume of 5Gi, so nobody ever publishes; "
                "lower it, or raise dataServices.jobs.storage.size"
            ),
        ),
        (
            "dataServices: {cache: {scratch: 9Gi}}",
            (
                "1: dataServices.cache.scratch: scratch 9Gi does not fit into the limit of ephemeral-storage, 3Gi; "
                "raise the limit, or lower the size"
            ),
        ),
        (
            "dataServices: {cache: {resources: {limits: {memory: ~}}}}",
            "1: dataServices.cache.resources.limits.memory: cache computes its memory settings from the limit; set it",
        ),
        (
            "dataServices: {cache: {user: a}}",
            f"1: dataServices.cache.user: unknown key; allowed: {', '.join(RedisValues.__struct_encode_fields__)}",
        ),
        (
            "dataServices: {cahce: {scratch: 1Gi}}",
            "1: dataServices.cahce: the catalogue has no such data service; did you mean cache? allowed: plugin-db, jobs, cache",
        ),
        (
            "dataServices: {postgres: {user: a}}",
            "1: dataServices.postgres: is not allowed here, as its name is that of its kind; move it to postgres, at the top",
        ),
        (
            "plugin-db: {user: a}",
            "1: plugin-db: is not allowed here, as plugin-db is not the name of its kind; move it to dataServices.plugin-db",
        ),
        (
            "redis: {evictionPolicy: allkeys-lru}",
            "1: redis: the catalogue has no redis; write them below dataServices.cache, or remove this",
        ),
        (
            "dataServices: {plugin-db: {tier: data}}",
            (
                "1: dataServices.plugin-db.tier: belongs in the catalogue, not in the values; "
                "move it to dataServices.plugin-db.tier of catalogue.yaml"
            ),
        ),
    ],
)
def test_wrong_values_are_told_with_their_path(tmp_path: Path, overlay: str, error: str) -> None:
    assert wrong(tmp_path, overlay=overlay) == [f"a.yaml:{error}"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "plugin-db: {kind: postgres, ",
            "plugin-db: {",
            [
                (
                    "7: dataServices.plugin-db.kind: is missing, and plugin-db is no kind of data service; "
                    "allowed: postgres, rabbitmq, redis"
                ),
            ],
        ),
        (
            "postgres: {tier",
            "postgress: {tier",
            [
                (
                    "6: dataServices.postgress.kind: is missing, and postgress is no kind of data service; "
                    "did you mean postgres? allowed: postgres, rabbitmq, redis"
                ),
                "11: services.store.needs[0]: the platform has no postgres; add it to dataServices, or drop the need",
            ],
        ),
        (
            "kind: postgres",
            "kind: mysql",
            ["7: dataServices.plugin-db.kind: 'mysql' is not allowed; allowed: postgres, rabbitmq, redis"],
        ),
        (
            "plugin-db: {kind",
            "other: {kind",
            [
                "11: services.store.needs[1]: there is no service `plugin-db`; allowed: postgres, other, cache, jobs, store, web",
                "12: services.web.needs[0]: there is no service `plugin-db`; allowed: postgres, other, cache, jobs, store, web",
                "13: services.other: the name `other` is reserved; choose another name",
            ],
        ),
        (
            "web: {",
            "plugin-db-config: {",
            ["12: services.plugin-db-config: the name `plugin-db-config` is reserved; choose another name"],
        ),
        (
            "  cache:",
            "  quota: {kind: redis, tier: data, port: 1, urlVariable: A}\n  cache:",
            ["8: dataServices.quota: the name `quota` is reserved; choose another name"],
        ),
        (
            "  cache:",
            "  jobs-nodes: {kind: redis, tier: data, port: 1, urlVariable: A}\n  cache:",
            ["8: dataServices.jobs-nodes: the name `jobs-nodes` is reserved; choose another name"],
        ),
        (
            "  cache:",
            "  db: {kind: postgres, tier: data, port: 1, urlVariable: A}\n  cache:",
            [
                "8: dataServices.db: DB_PASSWORD would hold its password, but holds that of postgres; choose another name",
            ],
        ),
        (
            "  cache:",
            f"  {'d' * 53}: {{kind: redis, tier: data, port: 1, urlVariable: A}}\n  cache:",
            [f"8: dataServices.{'d' * 53}: the name has 53 characters, too many for a StatefulSet; use at most 52"],
        ),
        (
            "port: 5672",
            "port: 15672",
            [
                (
                    "9: dataServices.jobs.port: jobs listens on 15672 for something else; "
                    "allowed: a port other than 4369, 15672, 15692, 25672, 35672, 35673, 35674, 35675"
                ),
            ],
        ),
        (
            "tier: data, port: 5433",
            "tier: data, user: a, port: 5433",
            [
                (
                    "7: dataServices.plugin-db.user: belongs in the values, not in the catalogue; "
                    "move it to dataServices.plugin-db.user of a.yaml"
                )
            ],
        ),
        (
            "  postgres: {tier",
            "  postgres: {user: a, tier",
            ["6: dataServices.postgres.user: belongs in the values, not in the catalogue; move it to postgres.user of a.yaml"],
        ),
        (
            "plugin-db: {kind",
            "Plugin_DB: {kind",
            [
                (
                    "7: dataServices.Plugin_DB: the key is not allowed; "
                    "allowed: a name of up to 53 lower-case letters, digits and hyphens that begins with a letter"
                ),
                (
                    "11: services.store.needs[1]: there is no service `plugin-db`; "
                    "allowed: postgres, Plugin_DB, cache, jobs, store, web, other"
                ),
                (
                    "12: services.web.needs[0]: there is no service `plugin-db`; "
                    "allowed: postgres, Plugin_DB, cache, jobs, store, web, other"
                ),
            ],
        ),
    ],
)
def test_wrong_catalogues_are_told_with_what_is_allowed(tmp_path: Path, old: str, new: str, told: list[str]) -> None:
    assert wrong(tmp_path, (old, new)) == [f"catalogue.yaml:{one}" for one in told]


def test_a_data_service_without_a_kind_hides_no_other_error_and_brings_none(tmp_path: Path) -> None:
    overlay = "dataServices:\n  plugin-db: {user: a}\n  cache: {evictionPolicy: [no]}\npostgres: {user: postgres}"
    assert wrong(tmp_path, ("plugin-db: {kind: postgres, ", "plugin-db: {"), overlay) == [
        (
            "a.yaml:3: dataServices.cache.evictionPolicy: a list is not allowed; "
            "allowed: allkeys-lfu, allkeys-lru, noeviction, volatile-lfu, volatile-lru, volatile-ttl"
        ),
        (
            "catalogue.yaml:7: dataServices.plugin-db.kind: is missing, and plugin-db is no kind of data service; "
            "allowed: postgres, rabbitmq, redis"
        ),
    ]


@pytest.mark.parametrize(
    "name", ["class", "none", "images", "dns", "namespace", "secret", "checks", "extra-objects", "services", "global"]
)
def test_a_name_may_be_any_word(tmp_path: Path, name: str) -> None:
    catalogue = f"""\
name: shop
tiers: [{{name: data}}, {{name: back}}]
dataServices: {{{name}: {{kind: postgres, tier: data, port: 5432, urlVariable: DATABASE_URL}}}}
services: {{store: {{tier: back, port: 3001, needs: [{name}]}}}}
"""
    (tmp_path / "catalogue.yaml").write_text(catalogue)
    (tmp_path / "a.yaml").write_text(f"dataServices: {{{name}: {{user: me}}}}")
    platform = described(catalogue=tmp_path / "catalogue.yaml", values=[tmp_path / "a.yaml"])
    made = Rendered.of(platform.platform, manifest_files(platform.objects))
    assert made.variables("StatefulSet", name)["SERVICES_USER"]["value"] == "me"
    assert f"shop/templates/data-services/{name}.yaml" in chart_files(platform)


@pytest.mark.parametrize("name", ["plugin.db", "2nd-db", "my db", "", "plugin_db"])
def test_a_name_that_is_not_allowed_is_told_as_any_other_error(tmp_path: Path, name: str) -> None:
    entry = "{kind: redis, tier: data, port: 6379, urlVariable: REST_URL}"
    found = wrong(tmp_path, ("  jobs: {", f"  {json.dumps(name)}: {entry}\n  jobs: {{"))
    shown = f".{name}" if re.fullmatch(r"[-\w]+", name) else f"['{name}']"
    assert found == [
        (
            f"catalogue.yaml:9: dataServices{shown}: the key is not allowed; "
            "allowed: a name of up to 53 lower-case letters, digits and hyphens that begins with a letter"
        )
    ]


def test_the_chart_has_their_values_rows_and_templates() -> None:
    chart = several().chart
    values = yaml.safe_load((chart / "values.yaml").read_text())
    assert list(values["dataServices"]) == ["plugin-db", "jobs", "cache"]
    assert values["dataServices"]["plugin-db"].keys() == values["postgres"].keys()
    readme = (chart / "README.md").read_text()
    assert "| `dataServices.plugin-db.maxConnections` | `250` |" in readme
    keys = "`password`, under `cloudnative-pg` also `username`"
    assert f"| `plugin-db-credentials` | {keys} | generated, where PostgreSQL plugin-db runs here |" in readme
    pools = "- connection pools of all services, or of the pooler, that are more together than "
    assert f"{pools}`dataServices.plugin-db.maxConnections` leaves" in readme
    notes = (chart / "templates" / "NOTES.txt").read_text()
    assert "kubectl exec -n {{ .Values.namespace.name }} plugin-db-0 -- sh /etc/postgres/roles.sh" in notes
    assert '{{- if eq (index .Values.dataServices "plugin-db").topology "single" }}' in notes


def test_a_platform_without_such_data_services_has_no_place_for_their_values(tmp_path: Path) -> None:
    overlays = {"a.yaml": "dataServices: {plugin-db: {user: a}}"}
    assert errors(tmp_path, overlays=overlays) == [
        "a.yaml:1: dataServices: the catalogue has no data service whose values are here; the values of postgres are at the top"
    ]
    with pytest.raises(ConfigError):
        described(catalogue=tmp_path / "catalogue.yaml", values=[tmp_path / "a.yaml"])


def test_one_may_have_the_name_of_another_kind(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace("cache: {kind: redis", "redis: {kind: postgres").replace("cache, ", "redis, ")
    assert errors(tmp_path, catalogue=catalogue, overlays={"a.yaml": "dataServices: {redis: {user: a}}"}) == []
    assert errors(tmp_path, catalogue=catalogue, overlays={"a.yaml": "redis: {user: a}"}) == [
        "a.yaml:1: redis: is not allowed here, as redis is not the name of its kind; move it to dataServices.redis"
    ]
