"""Services with storage: each pod keeps its volumes and its name; others may mount the volume of a single pod."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.helm import Refusal, template
from tests.chart.law import broken
from tests.chart.platforms import Charted, charted, charted_text
from tests.policies import Party, Policies
from tests.rendering import Object, Rendered, render_platform
from tests.shop import errors
from tierwright.model.storage import OF_DATA_SERVICE

CATALOGUE = """\
name: shop
tiers: [{name: data}, {name: front}]
services:
  queue:
    tier: data
    port: 9092
    targetPort: 19092
    protocol: tcp
    ports: {gossip: {port: 9094, protocol: UDP}}
    user: 1001
    storage: {data: /var/lib/queue, logs: /logs}
  reader: {tier: front, port: 80, needs: [queue], volumes: {queue.data: /queue}}
  web: {tier: front, port: 80}
"""


def platform() -> Charted:
    """A platform with a service that has storage, one that mounts it too, and one without."""
    return charted_text(CATALOGUE)


def rendered(**services: Any) -> Rendered:
    """The platform with values of services, by name."""
    return render_platform(platform().load_with({"services": services}))


def pod(kind: str, name: str, **services: Any) -> Object:
    spec: Object = rendered(**services).get(kind, name)["spec"]["template"]["spec"]
    return spec


def claims(**services: Any) -> dict[str, Object]:
    spec = rendered(**services).get("StatefulSet", "queue")["spec"]
    return {one["metadata"]["name"]: one["spec"] for one in spec.get("volumeClaimTemplates", [])}


WITHOUT_READER = {"reader": {"enabled": False}}
ROOM = {"resources": {"limits": {"ephemeral-storage": "20Gi"}}}


def test_each_pod_has_a_claim_for_each_storage_and_a_name() -> None:
    spec = rendered(queue={"replicas": 3}, **WITHOUT_READER).get("StatefulSet", "queue")["spec"]
    assert (spec["replicas"], spec["serviceName"], spec["podManagementPolicy"]) == (3, "queue-nodes", "Parallel")
    assert {name: one["resources"]["requests"]["storage"] for name, one in claims().items()} == {"data": "8Gi", "logs": "8Gi"}
    mounts = {one["name"]: one["mountPath"] for one in pod("StatefulSet", "queue")["containers"][0]["volumeMounts"]}
    assert mounts == {"tmp": "/tmp", "data": "/var/lib/queue", "logs": "/logs"}  # noqa: S108 - a volume of the pod
    assert not rendered().has("Deployment", "queue")


def test_a_claim_is_as_the_values_say() -> None:
    storage = {"size": "20Gi", "storageClass": "fast", "accessMode": "ReadWriteMany"}
    own = claims(queue={"storage": {"data": storage}})
    assert own["data"]["resources"] == {"requests": {"storage": "20Gi"}}
    assert (own["data"]["storageClassName"], own["data"]["accessModes"]) == ("fast", ["ReadWriteMany"])
    assert "storageClassName" not in own["logs"]
    assert own["logs"]["accessModes"] == ["ReadWriteOnce"]


def test_what_is_not_to_persist_is_on_the_nodes_disk() -> None:
    queue = {"storage": {"logs": {"persistent": False, "size": "2Gi"}}, **ROOM}
    assert [*claims(queue=queue)] == ["data"]
    volumes = {one["name"]: one for one in pod("StatefulSet", "queue", queue=queue)["volumes"]}
    assert volumes["logs"] == {"name": "logs", "emptyDir": {"sizeLimit": "2Gi"}}


def test_without_anything_that_persists_there_is_no_claim() -> None:
    off = {"persistent": False}
    assert claims(queue={"storage": {"data": off, "logs": off}, **ROOM}, **WITHOUT_READER) == {}


def test_its_group_may_write_to_the_volumes_and_no_start_goes_through_all_files() -> None:
    security = pod("StatefulSet", "queue")["securityContext"]
    assert (security["runAsUser"], security["fsGroup"]) == (1001, 1001)
    assert security["fsGroupChangePolicy"] == "OnRootMismatch"


def test_its_pods_are_found_by_name_before_they_are_ready() -> None:
    nodes = rendered().get("Service", "queue-nodes")["spec"]
    assert (nodes["clusterIP"], nodes["publishNotReadyAddresses"]) == ("None", True)
    assert nodes["selector"] == rendered().get("StatefulSet", "queue")["spec"]["selector"]["matchLabels"]
    assert {(one["port"], one["protocol"]) for one in nodes["ports"]} == {(9092, "TCP"), (9094, "UDP")}
    assert "clusterIP" not in rendered().get("Service", "queue")["spec"]


def test_it_has_the_probes_gates_and_service_that_others_have() -> None:
    container = pod("StatefulSet", "queue")["containers"][0]
    assert container["readinessProbe"]["tcpSocket"] == {"port": "tcp-9092"}
    assert container["lifecycle"]["preStop"]["sleep"]["seconds"] == 5
    assert [one["name"] for one in pod("Deployment", "reader")["initContainers"]] == ["wait-for-data"]
    assert rendered().has("Service", "queue-ready")


def test_several_pods_are_spread_and_drained_one_by_one() -> None:
    several = rendered(queue={"replicas": 3}, **WITHOUT_READER)
    assert several.get("PodDisruptionBudget", "queue")["spec"]["maxUnavailable"] == 1
    spread = several.get("StatefulSet", "queue")["spec"]["template"]["spec"]["topologySpreadConstraints"]
    assert [one["topologyKey"] for one in spread] == ["kubernetes.io/hostname", "topology.kubernetes.io/zone"]
    assert all("matchLabelKeys" not in one for one in spread), "a pod with a volume stays where that is"
    assert not rendered().has("PodDisruptionBudget", "queue")


def test_what_all_services_have_gives_it_neither_pods_nor_an_autoscaler() -> None:
    """Two pods of a server that is made for one would each have half of the data."""
    values = {"defaults": {"replicas": 3, "autoscaling": {"enabled": True}}}
    both = render_platform(platform().load_with(values))
    assert both.get("StatefulSet", "queue")["spec"]["replicas"] == 1
    assert sorted(both.kinds("HorizontalPodAutoscaler")) == ["reader", "web"]


def test_its_pods_reach_one_another_and_nobody_else_reaches_them_but_who_needs_it() -> None:
    policies = Policies([*rendered().kinds("NetworkPolicy").values()], namespaces={"shop": {}})

    def party(name: str, at: int) -> Party:
        return Party(f"{name}-{at}", f"10.0.0.{at}", "shop", {"app.kubernetes.io/name": name})

    member, reader, web = party("queue", 1), party("reader", 2), party("web", 3)
    ports = [(19092, "TCP"), (9094, "UDP"), (9094, "TCP")]
    for source, reached in ((party("queue", 4), ports[:2]), (reader, ports[:1]), (web, [])):
        assert [port for port in ports if policies.allows(source, member, *port)] == reached, source.name


def test_another_service_mounts_the_volume_of_its_pod() -> None:
    reader = pod("Deployment", "reader")
    volumes = {one["name"]: one for one in reader["volumes"]}
    assert volumes["queue-data"] == {"name": "queue-data", "persistentVolumeClaim": {"claimName": "data-queue-0"}}
    mounts = {one["name"]: one for one in reader["containers"][0]["volumeMounts"]}
    assert mounts["queue-data"] == {"name": "queue-data", "mountPath": "/queue"}


@pytest.mark.parametrize("security", [{"group": 2002}, {"pod": {"fsGroup": 2002}}], ids=["its group", "that of its volumes"])
def test_who_mounts_it_too_gives_it_to_its_owners_group(security: dict[str, Any]) -> None:
    """Some volumes are given to a group for the first pod alone that mounts them, and nobody knows which one that is."""
    for kind, name in (("StatefulSet", "queue"), ("Deployment", "reader")):
        context = pod(kind, name, queue={"security": security})["securityContext"]
        assert (context["fsGroup"], context["fsGroupChangePolicy"]) == (2002, "OnRootMismatch"), name
        assert "supplementalGroups" not in context, name


def test_who_mounts_those_of_several_may_write_but_takes_none_from_its_owner() -> None:
    catalogue = CATALOGUE.replace("web: {tier: front, port: 80}", "web: {tier: data, port: 80, storage: {own: /own}}")
    both = charted_text(catalogue.replace("{queue.data: /queue}", "{queue.data: /queue, web.own: /web}"))
    groups = {"queue": {"security": {"group": 2002}}, "web": {"security": {"pod": {"fsGroup": 3003}}}}
    made = render_platform(both.load_with({"services": groups})).get("Deployment", "reader")
    context = made["spec"]["template"]["spec"]["securityContext"]
    assert context["supplementalGroups"] == [2002, 3003]
    assert "fsGroup" not in context
    assert not broken(both, [yaml.safe_dump({"services": groups})])


def test_a_volume_of_one_node_brings_those_that_mount_it_to_its_owner() -> None:
    (term,) = pod("Deployment", "reader")["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    owner = {"matchLabels": {"app.kubernetes.io/name": "queue"}}
    assert term == {"labelSelector": owner, "topologyKey": "kubernetes.io/hostname"}
    anywhere = pod("Deployment", "reader", queue={"storage": {"data": {"accessMode": "ReadWriteMany"}}})
    assert "affinity" not in anywhere
    disks = {"matchExpressions": [{"key": "disk", "operator": "Exists"}]}
    own = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [disks]}}}
    assert pod("Deployment", "reader", reader={"placement": {"affinity": own}})["affinity"] == own


def test_nobody_calls_a_volume_of_his_own_as_one_of_its_storage(tmp_path: Path) -> None:
    overlay = "services: {queue: {extraVolumes: [{name: data, emptyDir: {}}], extraVolumeMounts: [{name: logs, mountPath: /more}]}}"
    found = errors(tmp_path, catalogue=CATALOGUE, overlays={"own.yaml": overlay})
    assert found == [
        "own.yaml:1: services.queue.extraVolumes[0].name: queue has the volume data already; name each volume once",
    ]


def test_what_persists_counts_in_quotas_for_each_pod(tmp_path: Path) -> None:
    quota = "namespace: {quota: {enabled: true, hard: {persistentvolumeclaims: '5', requests.storage: 48Gi}}}"
    overlay = f"{quota}\nservices: {{queue: {{replicas: 3}}, reader: {{enabled: false}}}}"
    found = errors(tmp_path, catalogue=CATALOGUE, overlays={"own.yaml": overlay})
    wrong = "everything at its largest takes 6, but 5 is allowed; allow 6 at least"
    assert found == [f"own.yaml:1: namespace.quota.hard.persistentvolumeclaims: {wrong}"]


def test_the_chart_shows_the_defaults_of_each_storage() -> None:
    values = yaml.safe_load((platform().chart / "values.yaml").read_text())
    storage = {"persistent": True, "size": "8Gi", "storageClass": "", "accessMode": "ReadWriteOnce"}
    assert values["services"]["queue"]["storage"] == {"data": storage, "logs": storage}
    readme = (platform().chart / "README.md").read_text()
    assert "| `services.queue.storage.data.size` | `8Gi` | The size." in readme


NO_VALUE = "has no value, but is needed; remove the null"
SCALED = "queue has storage, so nothing may add pods to it; set it to false"
REFUSED = {
    "a storage that the catalogue does not have": (
        "services: {queue: {storage: {dat: {size: 1Gi}}}}",
        "services.queue.storage.dat: the catalogue has no such storage of queue; did you mean data? allowed: data, logs",
    ),
    "a storage of a service that has none": (
        "services: {web: {storage: {data: {size: 1Gi}}}}",
        "services.web.storage.data: the catalogue has no such storage of web; allowed: none, as there is none",
    ),
    "a storage of all services": (
        "defaults: {storage: {size: 1Gi}}",
        "defaults.storage: belongs in services.NAME, as each storage is of one service; move it there",
    ),
    "no size": ("services: {queue: {storage: {data: {size: ~}}}}", f"services.queue.storage.data.size: {NO_VALUE}"),
    "a storage without values": ("services: {queue: {storage: {data: ~}}}", f"services.queue.storage.data: {NO_VALUE}"),
    "no values of any storage": ("services: {queue: {storage: ~}}", f"services.queue.storage: {NO_VALUE}"),
    "no values of the service": ("services: {queue: ~}", f"services.queue: {NO_VALUE}"),
    "an access mode that no two pods can have": (
        "services: {queue: {storage: {data: {accessMode: ReadWriteOncePod}}}}",
        ("services.queue.storage.data.accessMode: 'ReadWriteOncePod' is not allowed; allowed: ReadWriteMany, ReadWriteOnce"),
    ),
    "an autoscaler": ("services: {queue: {autoscaling: {enabled: true}}}", f"services.queue.autoscaling.enabled: {SCALED}"),
    "an autoscaler of another project": (
        "services: {queue: {autoscaling: {external: true}}}",
        f"services.queue.autoscaling.external: {SCALED}",
    ),
    "the largest number of pods": (
        "services: {queue: {autoscaling: {maxReplicas: 9}}}",
        "services.queue.autoscaling.maxReplicas: is not allowed, as queue has storage; remove it",
    ),
    "the smallest number of pods": (
        "services: {queue: {autoscaling: {minReplicas: 1}}}",
        "services.queue.autoscaling.minReplicas: is not allowed, as queue has storage; remove it",
    ),
    "an autoscaler of the user's own": (
        (
            "extraObjects: [{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: own}, "
            "spec: {scaleTargetRef: {kind: StatefulSet, name: queue}}}]"
        ),
        (
            "extraObjects[0].spec.scaleTargetRef: the platform writes how many pods queue has, so every apply resets it; "
            "remove the autoscaler"
        ),
    ),
    "a surge, as if a pod could come before the old one has left its volume": (
        "services: {queue: {rollout: {maxSurge: 1}}}",
        "services.queue.rollout.maxSurge: is not allowed, as queue has storage; remove it",
    ),
    "several pods, of which another service mounts one volume": (
        "services: {queue: {replicas: 3}}",
        (
            "services.queue.replicas: reader mounts queue.data, and each pod of queue has a volume of its own; "
            "set it to 1, or disable reader"
        ),
    ),
    "a volume of one pod that another service mounts": (
        "services: {queue: {storage: {data: {persistent: false, size: 1Gi}}}}",
        (
            "services.queue.storage.data.persistent: reader mounts it too, but an emptyDir is of one pod; "
            "set it to true, or disable reader"
        ),
    ),
}


@pytest.mark.parametrize(("overlay", "error"), REFUSED.values(), ids=REFUSED)
def test_values_that_mean_nothing_are_refused(tmp_path: Path, overlay: str, error: str) -> None:
    found = errors(tmp_path, catalogue=CATALOGUE, overlays={"own.yaml": overlay})
    assert [one.split(": ", 1)[1] for one in found] == [error]


@pytest.mark.helm
@pytest.mark.parametrize(("overlay", "error"), REFUSED.values(), ids=REFUSED)
def test_the_chart_refuses_them_too(overlay: str, error: str) -> None:
    made = template(platform().chart, [overlay], namespace="shop")
    assert isinstance(made, Refusal)
    assert made.paths or made.message == error
    assert not broken(platform(), [overlay])


def test_who_mounts_what_is_left_out_is_told(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace("needs: [queue], ", "")
    found = errors(tmp_path, catalogue=catalogue, overlays={"own.yaml": "services: {queue: {enabled: false}}"})
    wrong = "queue is left out, but reader mounts queue.data; enable it, or disable reader too"
    assert found == [f"own.yaml:1: services.queue.enabled: {wrong}"]


def test_room_on_the_nodes_disk_counts_what_does_not_persist(tmp_path: Path) -> None:
    overlay = "services: {queue: {storage: {logs: {persistent: false, size: 3Gi}}}}"
    found = errors(tmp_path, catalogue=CATALOGUE, overlays={"own.yaml": overlay})
    wrong = "scratch 1Gi and storage.logs.size 3Gi do not fit into the limit of ephemeral-storage, 2Gi"
    assert found == [f"own.yaml:1: services.queue.storage.logs.persistent: {wrong}; raise the limit, or lower the size"]


WORDS = "allowed: a name of up to 53 lower-case letters, digits and hyphens that begins with a letter"
PATHS = "allowed: an absolute ASCII path such as /var/cache/app, without blanks, colons, quotes, . and .., and a slash at its end"
STORAGE, VOLUMES = "11: services.queue.storage", "12: services.reader.volumes"
NOBODY = "there is no service `quue` with storage; did you mean queue? allowed: queue"
INSIDE = "/var/lib/queue/logs is below /var/lib/queue, which is the path of data already; remove it, or choose another path"
DOT = "the key is not allowed; allowed: SERVICE.STORAGE: a service, a dot, and the name of one of its storages"
LOGS, SHARED, LINE = "logs: /logs", "queue.data: /queue", "volumes: {queue.data: /queue}"
TWICE = "its pods have a volume `queue-data` already; rename one of the two"
OWN = "`volumes` are those of others; write it in `storage`"
IN_THE_CATALOGUE = [
    (LOGS, "Logs: /logs", f"{STORAGE}.Logs: the key is not allowed; {WORDS}"),
    (LOGS, "logs: logs", f"{STORAGE}.logs: 'logs' is not allowed; {PATHS}"),
    (LOGS, "tmp: /logs", f"{STORAGE}.tmp: its pods have a volume `tmp` already; choose another name"),
    (LOGS, "files-2: /logs", f"{STORAGE}.files-2: its pods have a volume `files-2` already; choose another name"),
    (LOGS, "logs: /tmp", f"{STORAGE}.logs: /tmp is writable already; name each path once"),
    (LOGS, "logs: /var/lib/queue/logs", f"{STORAGE}.logs: {INSIDE}"),
    (SHARED, "queue: /queue", f"{VOLUMES}.queue: {DOT}"),
    (SHARED, "quue.data: /queue", f"{VOLUMES}['quue.data']: {NOBODY}"),
    (SHARED, "web.data: /queue", f"{VOLUMES}['web.data']: there is no service `web` with storage; allowed: queue"),
    (SHARED, "queue.dta: /q", f"{VOLUMES}['queue.dta']: queue has no storage `dta`; did you mean data? allowed: data, logs"),
    (LINE, "volumes: {reader.a: /a}, storage: {a: /b}", f"{VOLUMES}['reader.a']: reader mounts its own storage already; remove it"),
    (LINE, "volumes: {reader.a: /a}", f"{VOLUMES}['reader.a']: reader has no storage `a`; {OWN}"),
    (LINE, "volumes: {queue.data: /a}, user: 1001, storage: {queue-data: /b}", f"{VOLUMES}['queue.data']: {TWICE}"),
]


@pytest.mark.parametrize(("written", "instead", "error"), IN_THE_CATALOGUE)
def test_storage_that_the_catalogue_cannot_mean_is_refused(tmp_path: Path, written: str, instead: str, error: str) -> None:
    assert written in CATALOGUE
    assert errors(tmp_path, catalogue=CATALOGUE.replace(written, instead)) == [f"catalogue.yaml:{error}"]


def test_the_name_of_a_service_with_storage_leaves_room_for_what_kubernetes_adds(tmp_path: Path) -> None:
    for length, found in ((52, []), (53, ["a service with storage has a name of at most 52 characters; choose a shorter name"])):
        catalogue = CATALOGUE.replace("queue", "q" * length)
        assert [one.split(": ", 2)[2] for one in errors(tmp_path, catalogue=catalogue)] == found


def test_no_two_claims_have_one_name(tmp_path: Path) -> None:
    """The one volume would be mounted by the pods of both."""
    catalogue = """\
name: shop
tiers: [{name: only}]
dataServices: {plugin-db: {kind: postgres, tier: only, port: 5432, urlVariable: PLUGIN_DB_URL}}
services:
  c: {tier: only, storage: {a-b: /a, a: /b}}
  b-c: {tier: only, storage: {a: /a}}
  db: {tier: only, storage: {data-plugin: /a}}
"""
    assert errors(tmp_path, catalogue=catalogue) == [
        "catalogue.yaml:6: services.b-c.storage.a: its claim would be a-b-c-0, which is that of c; choose another name",
        (
            "catalogue.yaml:7: services.db.storage.data-plugin: its claim would be data-plugin-db-0, which is that of plugin-db; "
            "choose another name"
        ),
    ]


@pytest.mark.parametrize("kind", ["postgres", "rabbitmq", "redis"])
def test_the_claim_of_a_data_service_is_known_to_the_rules_of_catalogues(tmp_path: Path, kind: str) -> None:
    (tmp_path / "catalogue.yaml").write_text(
        "name: shop\ntiers: [{name: only}]\n"
        f"dataServices: {{my-own: {{kind: {kind}, tier: only, port: 5432, urlVariable: OWN_URL}}}}\n"
        "services: {a: {tier: only, uses: [my-own]}}\n"
    )
    server = render_platform(charted(tmp_path / "catalogue.yaml").load([])).get("StatefulSet", "my-own")["spec"]
    assert [one["metadata"]["name"] for one in server["volumeClaimTemplates"]] == [OF_DATA_SERVICE]


BOTH = """\
name: shop
tiers: [{name: only}]
services:
  queue: {tier: only, port: 80, user: 1001, storage: {data: /data}}
  copy: {tier: only, port: 80, user: 1002, storage: {data: /data}, volumes: {queue.data: /queue}}
"""


def test_two_groups_do_not_take_a_volume_from_one_another(tmp_path: Path) -> None:
    wrong = "copy has storage and mounts queue.data, so both services need one group; write that of queue, 1001"
    assert errors(tmp_path, catalogue=BOTH) == [f"catalogue.yaml:5: services.copy.security.group: {wrong}"]
    assert errors(tmp_path, catalogue=BOTH.replace("1002", "1001")) == []


@pytest.mark.helm
@pytest.mark.parametrize(
    "overlay",
    [
        "{}",
        "services: {queue: {storage: {data: {size: 20Gi, storageClass: fast}}}}",
        "services: {queue: {storage: {data: {accessMode: ReadWriteMany}}, security: {group: 2002}}}",
        "services: {queue: {storage: {logs: {persistent: false, size: 64Mi}}}}",
        "services: {queue: {replicas: 3}, reader: {enabled: false}}",
        "services: {queue: {replicas: 0}, reader: {enabled: false}}\nstartup: {order: graph}",
        "services: {queue: {enabled: false}, reader: {enabled: false}}",
        "services: {reader: {placement: {affinity: {podAntiAffinity: {}}}}}",
        "defaults: {replicas: 3, autoscaling: {enabled: true}}",
        "commonLabels: {team: shop}\ncommonAnnotations: {a: b}",
    ],
)
def test_the_law_for_storage(overlay: str) -> None:
    assert not broken(platform(), [overlay])
