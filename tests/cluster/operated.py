"""CloudNativePG's real operator on the node, and the platform whose PostgreSQL it runs, with Debian 13's PostgreSQL 17."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.cluster.api import Object
from tests.cluster.installing import install, objects_in
from tests.cluster.node import Node
from tests.cluster.platform import castiel_of, is_ready
from tests.cluster.replicated import MEMBERS, Cluster, render_replicated
from tests.cluster.tools import build, operators, sources
from tests.cluster.waiting import wait_for
from tests.rendering import Rendered

SYSTEM = "cnpg-system"
"""The namespace of the operator and of its plugins."""

PLUGIN = "github.com/cloudnative-pg/plugin-barman-cloud"
SIDECAR = "ghcr.io/cloudnative-pg/plugin-barman-cloud-sidecar"

IMAGE = "castiel.test/cloudnative-postgres:17"
VALUES: dict[str, Any] = {
    "topology": "cloudnative-pg",
    "cloudnativePg": {"image": {"repository": IMAGE.rpartition(":")[0], "tag": "17"}},
    "sharedBuffersPercent": 3,  # the operator wants them within the request of memory, which is small here
    "extensions": ["pg_trgm"],
    "pooler": {"enabled": True, "replicas": 1, "poolSize": 4},
    "initSql": 'CREATE TABLE notes (note text);\nALTER TABLE notes OWNER TO :"user";\n',
}


class Operated(Cluster):
    """The members that the operator makes."""

    def pods(self) -> list[Object]:
        found = self.platform.node.pods(self.platform.namespace, selector="cnpg.io/cluster=postgres,cnpg.io/podRole=instance")
        return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]

    def primary(self) -> Object:
        (found,) = [pod for pod in self.pods() if pod["metadata"]["labels"].get("cnpg.io/instanceRole") == "primary"]
        return found

    def query(self, pod: Object, question: str) -> list[str]:
        return self.run(pod, f'exec psql -XAt -v ON_ERROR_STOP=1 -d ledger -c "{question}"').splitlines()

    def wait_until_whole(self, *, members: int = MEMBERS, timeout: float = 300) -> None:
        def whole() -> bool:
            if sum(map(is_ready, self.pods())) != members:
                return False
            copying = self.query(self.primary(), "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'quorum'")
            return copying == [str(members - 1)]

        wait_for("all members", whole, timeout=timeout, interval=1, explain=self.explain)

    def explain(self) -> str:
        where = ("--namespace", self.platform.namespace)
        told = self.platform.node.kubectl("get", "clusters.postgresql.cnpg.io,pods,jobs,pvc", *where, "--output", "wide")
        said = [self.platform.node.kubectl("logs", *where, pod["metadata"]["name"], "--tail=25") for pod in self.pods()]
        log = self.platform.node.kubectl("logs", "--namespace", SYSTEM, "deployment/cnpg-controller-manager", "--tail=40")
        return "\n".join([told, *said, log])


def install_operator(node: Node) -> None:
    """Start the operator as its release says, but for what a busy node of tests needs."""
    build(which=operators("cloudnative-pg"))
    release = sources("cloudnative-pg", "github.com/cloudnative-pg/cloudnative-pg") / "releases" / "cnpg-1.29.0.yaml"
    install(node, objects_in(release.read_text()))


def install_plugin(node: Node, certificates: Mapping[str, Mapping[str, str]]) -> None:
    """Start the plugin for Barman Cloud as its release says, which has cert-manager make its certificates.

    Here they are given, each by the name of its Secret.
    """
    build(which=operators("barman-cloud"))
    folder = sources("barman-cloud", PLUGIN)
    version = folder.name.rpartition("@")[2]
    objects = [one for one in objects_in((folder / "manifest.yaml").read_text()) if "cert-manager" not in one["apiVersion"]]
    for one in objects:
        if one["kind"] == "Secret":
            one["data"] = {"SIDECAR_IMAGE": b64encode(f"{SIDECAR}:{version}".encode()).decode()}
        if one["kind"] == "Deployment":
            (container,) = one["spec"]["template"]["spec"]["containers"]
            container["image"] = f"{SIDECAR.removesuffix('-sidecar')}:{version}"
    for name, content in certificates.items():
        metadata = {"name": name, "namespace": SYSTEM}
        objects.append({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": content})
    node.provide_images([f"{SIDECAR}:{version}"])
    install(node, objects)


def install_definition_of_plugin(node: Node) -> None:
    """What the plugin adds to the API, without the plugin."""
    path = sources("barman-cloud", PLUGIN) / "config" / "crd" / "bases" / "barmancloud.cnpg.io_objectstores.yaml"
    install(node, objects_in(path.read_text()))


def rendered_with(folder: Path, **more: Any) -> Rendered:
    """The platform whose members the operator makes, with further values of PostgreSQL."""
    return render_replicated(folder, **{**VALUES, **more})


def start_operated(node: Node, folder: Path, **postgres: Any) -> Operated:
    """Start the platform, with further values of PostgreSQL: its members are whole, and the writer writes."""
    platform = castiel_of(node, rendered_with(folder / "catalogue", **postgres), folder / "manifests")
    platform.provide_images()
    node.provide_images([IMAGE])
    started = Operated(platform)
    try:
        platform.start(timeout=600)
        started.wait_until_whole(timeout=600)
    except TimeoutError as problem:
        raise TimeoutError(f"{problem}\n{started.explain()}") from problem
    wait_for("the first rows", started.acknowledged, timeout=60, explain=started.explain)
    return started
