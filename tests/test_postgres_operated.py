"""`topology: cloudnative-pg`: what the operator is told, who reaches its pods, and where clients connect."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.policies import Party, Policies
from tests.postgres_members import TWO
from tests.rendering import ROOT, Object, Rendered, render, render_platform, render_with, yaml_files
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
    readme = (ROOT / "dist" / "helm" / "castiel" / "README.md").read_text()
    row = "| `postgres-credentials` | `password`, under `cloudnative-pg` also `username` | generated, where PostgreSQL runs here |"
    assert row in readme, "those who make the Secrets themselves go by it"
    assert not rendered.has("ExternalSecret", "postgres-administrator")


BUCKET = {
    "host": "s3.example",
    "bucket": "backups",
    "region": "eu-central-1",
    "secret": {"name": "bucket", "idKey": "a", "secretKey": "b"},
    "cidrs": ["192.0.2.0/24"],
}
BACKUP: Object = {
    "enabled": True,
    "method": "barman-cloud",
    "repository": {"s3": BUCKET, "path": "/shop"},
    "restoreTest": {"enabled": False},
}


@cache
def backed_up() -> Rendered:
    return operated(backup={**BACKUP, "retention": 30, "archiveTimeoutSeconds": 120})


def test_base_backups_are_made_on_the_schedule_and_the_first_one_at_once() -> None:
    schedule = {
        "schedule": "0 0 2 * * *",
        "immediate": True,
        "cluster": {"name": "postgres"},
        "method": "plugin",
        "pluginConfiguration": {"name": "barman-cloud.cloudnative-pg.io"},
        "backupOwnerReference": "self",
    }
    assert backed_up().get("ScheduledBackup", "postgres-backup")["spec"] == schedule
    daily = operated(backup={**BACKUP, "schedule": "@daily"})
    assert daily.get("ScheduledBackup", "postgres-backup")["spec"]["schedule"] == "@daily"


def test_they_go_into_the_bucket_with_all_wal() -> None:
    spec = backed_up().get("ObjectStore", "postgres-backup")["spec"]
    assert spec["configuration"] == {
        "destinationPath": "s3://backups/shop",
        "endpointURL": "https://s3.example:443",
        "s3Credentials": {
            "accessKeyId": {"name": "bucket", "key": "a"},
            "secretAccessKey": {"name": "bucket", "key": "b"},
        },
        "data": {"compression": "gzip"},
        "wal": {"compression": "gzip"},
    }
    assert spec["retentionPolicy"] == "30d"
    sidecar = spec["instanceSidecarConfiguration"]
    assert {one["name"]: one["value"] for one in sidecar["env"]}["AWS_DEFAULT_REGION"] == "eu-central-1"
    assert sidecar["resources"]["limits"]["memory"] == "1Gi"
    cluster = spec_of(backed_up())
    plugin = {
        "name": "barman-cloud.cloudnative-pg.io",
        "enabled": True,  # the operator would fill it in, and a list is compared as a whole
        "isWALArchiver": True,
        "parameters": {"barmanObjectName": "postgres-backup"},
    }
    assert cluster["plugins"] == [plugin]
    assert cluster["postgresql"]["parameters"]["archive_timeout"] == "120s"
    assert "plugins" not in spec_of(three())
    assert "archive_timeout" not in spec_of(three())["postgresql"]["parameters"]


def test_an_authority_of_the_bucket_is_read_from_its_secret() -> None:
    rendered = operated(backup={**BACKUP, "repository": {"s3": {**BUCKET, "ca": {"name": "own", "key": "a.crt"}}}})
    configuration = rendered.get("ObjectStore", "postgres-backup")["spec"]["configuration"]
    assert configuration["endpointCA"] == {"name": "own", "key": "a.crt"}


def test_members_reach_the_bucket_and_the_platform_backs_up_nothing_itself() -> None:
    policies = Policies(backed_up().kinds("NetworkPolicy").values(), namespaces={"castiel": {}})
    member = Party("member", "10.244.8.1", "castiel", {CLUSTER: "postgres"})
    assert {port for port in (80, 443, 6443) if policies.leaves(member, Party("bucket", "192.0.2.7"), port)} == {443, 6443}
    own = {kind for kind, name in backed_up().objects if name.startswith("postgres")}
    assert own == {"Cluster", "NetworkPolicy", "ObjectStore", "ScheduledBackup", "Service"}


_ON = "postgres: {topology: cloudnative-pg, backup: {enabled: true, method: barman-cloud"
_S3 = "s3: {host: a.example, bucket: own, secret: {name: own}}"
_TESTED = "restoreTest: {enabled: false}"
_PLACE = "1: postgres.backup.repository"
REFUSED = [
    (
        "postgres: {topology: cloudnative-pg, backup: {enabled: true}}",
        (
            "1: postgres.backup.enabled: CloudNativePG backs its members up itself, by its plugin; set postgres.backup.method: "
            "barman-cloud, with a bucket in postgres.backup.repository.s3"
        ),
    ),
    (
        "postgres: {topology: cloudnative-pg, backup: {enabled: true, method: pgbackrest}}",
        (
            "1: postgres.backup.method: CloudNativePG backs its members up itself, by its plugin; set postgres.backup.method: "
            "barman-cloud, with a bucket in postgres.backup.repository.s3"
        ),
    ),
    (
        f"postgres: {{backup: {{enabled: true, method: barman-cloud, repository: {{{_S3}}}}}}}",
        (
            "1: postgres.backup.method: only the members of CloudNativePG are backed up by its plugin; choose another method, or "
            "set postgres.topology: cloudnative-pg"
        ),
    ),
    (
        f"{_ON}, {_TESTED}}}}}",
        "1: postgres.backup.method: the plugin has no place to write to; name a bucket in postgres.backup.repository.s3",
    ),
    (
        f"{_ON}, {_TESTED}, repository: {{s3: {{bucket: own, secret: {{name: own}}}}}}}}}}",
        (
            f"{_PLACE}.s3.bucket: the plugin does not get into the bucket without postgres.backup.repository.s3.host; "
            "name the endpoint"
        ),
    ),
    (
        f"{_ON}, {_TESTED}, repository: {{s3: {{bucket: own, host: a.example}}}}}}}}",
        (
            f"{_PLACE}.s3.bucket: the plugin does not get into the bucket without postgres.backup.repository.s3.secret.name; "
            "name the Secret with its keys"
        ),
    ),
    (
        f"{_ON}, {_TESTED}, repository: {{claim: own, {_S3}}}}}}}",
        (f"{_PLACE}.claim: the plugin writes to buckets alone; remove it, and name a bucket in postgres.backup.repository.s3"),
    ),
    (
        f"{_ON}, {_TESTED}, repository: {{passphrase: {{name: own}}, {_S3}}}}}}}",
        (f"{_PLACE}.passphrase.name: the plugin encrypts nothing itself; remove it, and have the bucket encrypt what it holds"),
    ),
    (
        f"{_ON}, repository: {{{_S3}}}}}}}",
        (
            "1: postgres.backup.method: nothing here can test what the operator's plugin has written; set "
            "postgres.backup.restoreTest.enabled: false, and restore into a second Cluster from time to time"
        ),
    ),
    (
        f"{_ON}, {_TESTED}, restore: {{to: latest}}, repository: {{{_S3}}}}}}}",
        (
            "1: postgres.backup.restore.to: the operator restores into a new Cluster, and never into one that is there; "
            "remove it, and make such a Cluster"
        ),
    ),
]


@pytest.mark.parametrize(("overlay", "error"), REFUSED)
def test_what_the_operators_plugin_cannot_do_is_refused(tmp_path: Path, overlay: str, error: str) -> None:
    assert errors(tmp_path, overlays={"mine.yaml": overlay}) == [f"mine.yaml:{error}"]


def test_a_pooler_stands_before_its_members_as_before_any_others() -> None:
    rendered = operated(pooler={"enabled": True})
    policies = Policies(rendered.kinds("NetworkPolicy").values(), namespaces={"castiel": {}})
    member = Party("member", "10.244.8.1", "castiel", {CLUSTER: "postgres"})
    pooler, service = (
        Party(name, f"10.244.8.{at}", "castiel", {"app.kubernetes.io/name": name})
        for at, name in enumerate(("postgres-pooler", "ai-service"), start=2)
    )
    assert policies.allows(pooler, member, 5432)
    assert policies.allows(service, pooler, 5432)
    assert not policies.allows(service, member, 5432)
    host = {one["name"]: one.get("value") for one in rendered.container("Deployment", "postgres-pooler")["env"]}
    assert "postgres" in host.values()


@pytest.mark.parametrize("output", [compose, swarm])
def test_an_engine_without_a_cluster_runs_one_server(output: Any, tmp_path: Path) -> None:
    """There is no operator; the image of the single form is named apart from the operator's."""
    alone, several = [yaml_files(output, {"postgres": {"topology": form}}, tmp_path) for form in ("single", "cloudnative-pg")]
    line = "# - postgres has one server, and several members on a cluster\n"
    assert any(line in text for text in several.values())
    assert {path: text.replace(line, "") for path, text in several.items()} == alone


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


def test_a_server_without_a_limit_of_memory_is_refused_and_not_computed_with(tmp_path: Path) -> None:
    overlay = "postgres: {topology: cloudnative-pg, resources: {limits: {memory: null}}}"
    assert errors(tmp_path, overlays={"o.yaml": overlay}) == [
        "o.yaml:1: postgres.resources.limits.memory: postgres computes its memory settings from the limit; set it"
    ]
