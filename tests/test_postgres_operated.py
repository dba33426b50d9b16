"""`topology: cloudnative-pg`: what the operator is told, who reaches its pods, and where clients connect."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.policies import Party, Policies
from tests.rendering import Object, Rendered, render, render_platform, render_with, yaml_files
from tests.shop import errors
from tierwright.pipeline import compose, described, swarm

CLUSTER, ROLE = "cnpg.io/cluster", "cnpg.io/instanceRole"


def operated(**more: Any) -> Rendered:
    return render_with({"postgres": {"topology": "cloudnative-pg", **more}})


@cache
def three() -> Rendered:
    return operated()


def spec_of(rendered: Rendered) -> Object:
    spec: Object = rendered.get("Cluster", "postgres")["spec"]
    return spec


def test_nothing_is_made_that_the_operator_makes() -> None:
    own = {kind for kind, name in three().objects if name.startswith("postgres")}
    assert own == {"Cluster", "Service", "NetworkPolicy"}
    assert not render().kinds("Cluster")


def test_members_copy_before_a_commit_is_acknowledged_and_only_one_with_all_of_it_takes_over() -> None:
    assert spec_of(three())["instances"] == 3
    required = {"method": "any", "number": 1, "dataDurability": "required", "failoverQuorum": True}
    assert spec_of(three())["postgresql"]["synchronous"] == required
    relaxed = spec_of(operated(replication={"members": 5, "strict": False}))
    assert (relaxed["instances"], relaxed["postgresql"]["synchronous"]["dataDurability"]) == (5, "preferred")


def test_its_settings_are_those_that_the_values_give_any_server() -> None:
    assert spec_of(operated(config={"work_mem": "16MB"}, maxConnections=300))["postgresql"]["parameters"] == {
        "max_connections": "300",
        "shared_buffers": "262144kB",
        "effective_cache_size": "524288kB",
        "wal_keep_size": "512MB",
        "max_slot_wal_keep_size": "2GB",
        "work_mem": "16MB",
    }


@pytest.mark.parametrize(
    ("limit", "percent", "buffers"),
    [
        ("1Gi", 25, "262144kB"),
        ("1.5Gi", 13, "204472kB"),
        ("2G", 1, "19531kB"),
        ("300000k", 50, "146484kB"),
        ("1073741824", 1, "10485kB"),
    ],
)
def test_buffers_are_a_part_of_the_memory_limit(limit: str, percent: int, buffers: str) -> None:
    memory = {"requests": {"memory": "1Gi"}, "limits": {"memory": limit}}
    if limit == "300000k":
        memory["requests"]["memory"] = "200Mi"
    spec = spec_of(operated(sharedBuffersPercent=percent, resources=memory))
    assert spec["postgresql"]["parameters"]["shared_buffers"] == buffers


def test_its_certificate_is_the_one_of_the_values_and_nobody_connects_without_it() -> None:
    spec = spec_of(operated(tls={"enabled": True, "secret": "postgres-tls"}))
    assert spec["certificates"] == {"serverTLSSecret": "postgres-tls", "serverCASecret": "postgres-tls"}
    assert spec["postgresql"]["pg_hba"] == ["hostnossl all all all reject"]
    assert spec["postgresql"]["parameters"]["ssl_min_protocol_version"] == "TLSv1.2"
    changing = spec_of(operated(tls={"enabled": True, "secret": "postgres-tls", "required": False}))
    assert "pg_hba" not in changing["postgresql"]
    assert "certificates" not in spec_of(three())


def test_the_first_database_belongs_to_the_services_role_and_has_what_the_values_want_in_it() -> None:
    spec = spec_of(operated(extensions=["pg_trgm"], initSql='ALTER TABLE a OWNER TO :"user";\n'))
    assert spec["bootstrap"] == {
        "initdb": {
            "database": "castiel",
            "owner": "coder",
            "secret": {"name": "postgres-credentials"},
            "postInitApplicationSQL": [
                'CREATE EXTENSION IF NOT EXISTS "pg_trgm" CASCADE',
                'ALTER TABLE a OWNER TO "coder";\n',
            ],
        }
    }
    assert "postInitApplicationSQL" not in spec_of(three())["bootstrap"]["initdb"]


def test_its_pods_are_as_large_and_where_the_values_want_them() -> None:
    spec = spec_of(
        operated(
            storage={"size": "20Gi", "storageClass": "fast"},
            sharedMemory="512Mi",
            scratch="2Gi",
            terminationGraceSeconds=90,
            podAnnotations={"a": "b"},
            placement={
                "nodeSelector": {"disk": "ssd"},
                "tolerations": [{"key": "data", "operator": "Exists"}],
                "affinity": {"nodeAffinity": {}, "podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": []}},
                "priorityClass": "high",
            },
            cloudnativePg={"image": {"repository": "own/pg", "tag": "17.6"}, "security": {"user": 70, "group": 71}},
        )
    )
    assert spec["storage"] == {"size": "20Gi", "storageClass": "fast"}
    assert spec["ephemeralVolumesSizeLimit"] == {"shm": "512Mi", "temporaryData": "2Gi"}
    assert (spec["smartShutdownTimeout"], spec["stopDelay"], spec["switchoverDelay"]) == (0, 90, 90)
    assert spec["affinity"] == {
        "enablePodAntiAffinity": False,
        "nodeSelector": {"disk": "ssd"},
        "tolerations": [{"key": "data", "operator": "Exists"}],
        "additionalPodAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": []},
    }
    assert spec["priorityClassName"] == "high"
    assert (spec["imageName"], spec["postgresUID"], spec["postgresGID"]) == ("own/pg:17.6", 70, 71)
    assert spec["inheritedMetadata"] == {"labels": {"app.kubernetes.io/part-of": "castiel"}, "annotations": {"a": "b"}}
    assert spec["resources"]["limits"]["memory"] == "1Gi"
    spread = {one["topologyKey"]: one for one in spec["topologySpreadConstraints"]}
    assert spread["kubernetes.io/hostname"]["whenUnsatisfiable"] == "DoNotSchedule"
    for one in spread.values():
        assert one["labelSelector"] == {"matchLabels": {CLUSTER: "postgres", "cnpg.io/podRole": "instance"}}


def test_clients_connect_to_the_names_that_other_topologies_have() -> None:
    rendered = operated(developerAccess={"enabled": True, "cidrs": ["10.9.0.0/24"]})
    selectors = {
        name: rendered.get("Service", name)["spec"]["selector"] for name in rendered.kinds("Service") if "postgres" in name
    }
    primary = {CLUSTER: "postgres", ROLE: "primary"}
    assert selectors == {
        "postgres": primary,
        "postgres-developer": primary,
        "postgres-replicas": {CLUSTER: "postgres", ROLE: "replica"},
        "postgres-ready": primary,
    }
    assert spec_of(rendered)["managed"] == {"services": {"disabledDefaultServices": ["ro", "r"]}}
    urls = [one.variables("Deployment", "ai-service")["DATABASE_URL"]["value"] for one in (rendered, render())]
    assert urls[0] == urls[1]


def test_policies_know_its_pods_by_the_operators_label_and_let_the_operator_in() -> None:
    rendered = operated(
        cloudnativePg={"operator": {"namespace": "operators", "podLabels": {"app": "cnpg"}}},
        developerAccess={"enabled": True, "cidrs": ["10.9.0.0/24"]},
    )
    policies = Policies(
        rendered.kinds("NetworkPolicy").values(),
        namespaces={name: {"kubernetes.io/metadata.name": name} for name in ("castiel", "operators", "other")},
    )
    first, second, joining = (
        Party(name, f"10.244.8.{at}", "castiel", {CLUSTER: "postgres"}) for at, name in enumerate(("a", "b", "join"))
    )
    client = Party("client", "10.244.8.9", "castiel", {"app.kubernetes.io/name": "api-gateway"})
    labels = {"app.kubernetes.io/name": "cloudnative-pg", "app": "cnpg"}  # maps of values merge
    operator = Party("operator", "10.244.9.1", "operators", labels)
    stranger = Party("stranger", "10.244.9.2", "other", labels)
    ports = (5432, 8000, 9187, 22)
    assert {port for port in ports if policies.allows(second, first, port)} == {5432, 8000}
    assert {port for port in ports if policies.allows(joining, first, port)} == {5432, 8000}
    assert {port for port in ports if policies.allows(client, first, port)} == {5432}
    assert {port for port in ports if policies.enters(operator, first, port)} == {5432, 8000}
    assert not {port for port in ports if policies.enters(stranger, first, port)}
    assert policies.enters(Party("developer", "10.9.0.7"), first, 5432)
    assert {port for port in (443, 6443, 5432) if policies.leaves(first, Party("api", "172.18.0.2"), port)} == {443, 6443}


def test_its_secret_has_the_name_of_the_user_too_and_there_is_none_of_an_administrator() -> None:
    arguments = three().container("Job", "secret-generator")["args"]
    assert "postgres-credentials:password,username=coder" in arguments
    assert not [one for one in arguments if one.startswith("postgres-administrator")]
    assert "postgres-credentials:password" in render().container("Job", "secret-generator")["args"]


def test_a_store_has_the_name_of_the_user_beside_the_password() -> None:
    rendered = render_with(
        {"postgres": {"topology": "cloudnative-pg"}, "secrets": {"mode": "external", "store": {"name": "vault"}}}
    )
    fetched = rendered.get("ExternalSecret", "postgres-credentials")["spec"]["data"]
    assert [(one["secretKey"], one["remoteRef"]["property"]) for one in fetched] == [("password",) * 2, ("username",) * 2]
    assert not rendered.has("ExternalSecret", "postgres-administrator")


@pytest.mark.parametrize("output", [compose, swarm])
def test_an_engine_without_a_cluster_runs_one_server(output: Any, tmp_path: Path) -> None:
    """There is no operator; the image of the single form is named apart from the operator's."""
    alone, several = [yaml_files(output, {"postgres": {"topology": form}}, tmp_path) for form in ("single", "cloudnative-pg")]
    line = "# - postgres has one server, and several members on a cluster\n"
    assert any(line in text for text in several.values())
    assert {path: text.replace(line, "") for path, text in several.items()} == alone


TWO = """
name: shop
tiers: [{name: data}, {name: app}]
dataServices:
  postgres: {tier: data, port: 5432, urlVariable: DATABASE_URL}
  plugin-db: {kind: postgres, tier: data, port: 5433, urlVariable: PLUGIN_DB_URL}
services:
  web: {tier: app, port: 80, targetPort: 8080, needs: [postgres, plugin-db], public: true}
"""


def test_its_services_listen_where_the_catalogue_says_whatever_port_the_pods_have(tmp_path: Path) -> None:
    (tmp_path / "catalogue.yaml").write_text(TWO)
    (tmp_path / "values.yaml").write_text("dataServices: {plugin-db: {topology: cloudnative-pg}}")
    rendered = render_platform(described(catalogue=tmp_path / "catalogue.yaml", values=[tmp_path / "values.yaml"]).platform)
    for name in ("plugin-db", "plugin-db-replicas"):
        (port,) = rendered.get("Service", name)["spec"]["ports"]
        assert (port["port"], port["targetPort"]) == (5433, 5432)
    assert rendered.get("StatefulSet", "postgres")
    policies = Policies(rendered.kinds("NetworkPolicy").values(), namespaces={"shop": {}})
    web = Party("web", "10.244.8.1", "shop", {"app.kubernetes.io/name": "web"})
    member = Party("member", "10.244.8.2", "shop", {CLUSTER: "plugin-db"})
    assert {port for port in (5432, 5433) if policies.allows(web, member, port)} == {5432}


def test_a_name_that_the_operator_does_not_take_is_refused(tmp_path: Path) -> None:
    name = "d" * 51
    catalogue = TWO.replace("plugin-db", name)
    overlay = yaml.safe_dump({"dataServices": {name: {"topology": "cloudnative-pg"}}})
    (error,) = errors(tmp_path, catalogue=catalogue, overlays={"o.yaml": overlay})
    assert error == (
        f"o.yaml:3: dataServices.{name}.topology: the operator takes names of at most 50 characters; "
        "choose a shorter name in the catalogue"
    )
