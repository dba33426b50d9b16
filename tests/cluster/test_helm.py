"""The life of a release on the node, with a small platform: Helm 3 and Helm 4, changes applied by the client and by the server."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.chart.helm import read, template
from tests.chart.platforms import small
from tests.cluster.images import names_in
from tests.cluster.node import Node
from tests.cluster.platform import BESIDE_CASTIEL, workload_of
from tests.upgrade import kept

OLDER = Path(__file__).resolve().parent / "charts" / "shop-0.0.1.tgz"
"""The small platform without `hints`, packed by `make package` when this test was written."""

HELMS = {
    "Helm 3": ("helm", ()),
    "Helm 4 by the server": ("helm4", ("--server-side=true",)),
    "Helm 4 by the client": ("helm4", ("--server-side=false",)),
}

VALUES = json.dumps(BESIDE_CASTIEL)


def _without_room_on_disk(values: Any) -> Any:
    """The values without `ephemeral-storage`, a key that the older chart does not know."""
    if not isinstance(values, dict):
        return values
    return {key: _without_room_on_disk(value) for key, value in values.items() if key != "ephemeral-storage"}


OLDER_VALUES = json.dumps(_without_room_on_disk(BESIDE_CASTIEL))
KEPT_VALUES = json.dumps(kept(BESIDE_CASTIEL))
"""Of the upgrade from the older chart: today's defaults follow the platform's name."""


class Release:
    """A release of the small platform in a namespace of its own."""

    def __init__(self, node: Node, namespace: str, program: str, flags: Sequence[str]) -> None:
        self._node, self._namespace, self._program, self._flags = node, namespace, program, flags

    def helm(self, *arguments: str | Path, values: str | None = None) -> str:
        """Run Helm, with a values file on its standard input. Raises RuntimeError with its words and the pods' state."""
        given = [] if values is None else ["--values", "-"]
        where = ("--namespace", self._namespace)
        try:
            return self._node.run(self._program, *arguments, *where, *given, stdin=values, timeout=400)
        except RuntimeError as refused:
            raise RuntimeError(f"{refused}\n{self._node.explain(self._namespace)}") from refused

    def install(self, chart: Path, values: str = VALUES) -> None:
        self.helm("install", "shop", chart, *self._flags, "--wait", "--timeout=5m", values=values)

    def upgrade(self, *settings: str, values: str = VALUES) -> None:
        given = [part for setting in settings for part in ("--set-string", setting)]
        self.helm("upgrade", "shop", small().chart, *self._flags, *given, "--wait", "--timeout=5m", values=values)

    def secrets(self) -> dict[str, dict[str, str]]:
        """The generated Secrets; Helm keeps its releases in others."""
        return {
            one["metadata"]["name"]: {key: base64.b64decode(value).decode() for key, value in one["data"].items()}
            for one in self._node.api.items(f"/api/v1/namespaces/{self._namespace}/secrets")
            if one["type"] == "Opaque"
        }

    def claims(self) -> set[str]:
        return {
            one["metadata"]["name"] for one in self._node.api.items(f"/api/v1/namespaces/{self._namespace}/persistentvolumeclaims")
        }

    def exec(self, pod: str, *command: str) -> str:
        """Run a command in a pod. Raises RuntimeError with its output when it fails."""
        return self._node.exec(self._namespace, pod, *command)

    def log(self, pod: str) -> str:
        """What a pod has logged."""
        return self._node.kubectl("logs", "--namespace", self._namespace, pod)

    def query(self, role: str, query: str) -> str:
        """What the database answers, asked in its pod with the password of the pod's own variables."""
        password = "POSTGRES_PASSWORD" if role == "postgres" else "SERVICES_PASSWORD"
        ask = f'PGPASSWORD=${password} exec psql -U {role} -d castiel -Atc "$1"'
        return self.exec("postgres-0", "sh", "-c", ask, "sh", query).strip()

    def restart(self, deployment: str) -> None:
        """Restart a Deployment and wait until its new pod is ready."""
        where = ("--namespace", self._namespace)
        self._node.kubectl("rollout", "restart", *where, f"deployment/{deployment}")
        self._node.kubectl("rollout", "status", *where, f"deployment/{deployment}", "--timeout=120s", timeout=150)

    def pods(self) -> dict[str, str]:
        """The pods that stay, each by its workload."""
        found = self._node.pods(self._namespace)
        staying = [pod for pod in found if "deletionTimestamp" not in pod["metadata"] and pod["status"]["phase"] == "Running"]
        return {workload_of(pod): pod["metadata"]["uid"] for pod in staying}


def lives_through_install_upgrade_rollback_and_uninstall(release: Release) -> None:
    release.install(small().chart)
    secrets, pods, claims = release.secrets(), release.pods(), release.claims()
    assert set(pods) == {"postgres", "rabbitmq", "redis", "store", "hints", "web"}
    administrators = {"postgres-administrator", "redis-administrator"}
    assert set(secrets) == {"postgres-credentials", "rabbitmq-credentials", "redis-credentials", "signing", *administrators}
    assert claims == {"data-postgres-0", "data-rabbitmq-0", "data-redis-0"}

    release.helm("test", "shop")

    release.upgrade("services.hints.env.GREETING=again")
    after = release.pods()
    assert {name for name, uid in pods.items() if after.get(name) != uid} == {"hints"}

    # The Job of the Secrets is another one, and changes none of them.
    release.upgrade("secrets.generator.resources.requests.cpu=11m")
    assert release.secrets() == secrets

    release.helm("rollback", "shop", "1", "--wait", "--timeout=5m")
    back = release.pods()
    assert {name for name, uid in pods.items() if name != "hints" and back.get(name) != uid} == set()

    release.helm("uninstall", "shop", "--wait", "--timeout=3m")
    assert release.secrets() == secrets
    assert release.claims() == claims


def _pod_templates(chart: Path, values: str = VALUES) -> dict[str, object]:
    """The pod template of each workload that a release has."""
    rendered = template(chart, [values], namespace="shop")
    assert isinstance(rendered, str), rendered
    return {
        one["metadata"]["name"]: one["spec"]["template"] for one in read(rendered) if one["kind"] in ("Deployment", "StatefulSet")
    }


def is_upgraded_from_an_older_chart_and_keeps_its_secrets_and_what_has_not_changed(release: Release) -> None:
    release.install(OLDER, OLDER_VALUES)
    secrets, pods = release.secrets(), release.pods()
    release.query("coder", "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
    release.upgrade(values=KEPT_VALUES)
    after = release.pods()
    assert {name: release.secrets()[name] for name in secrets} == secrets
    older, newer = _pod_templates(OLDER, OLDER_VALUES), _pod_templates(small().chart, KEPT_VALUES)
    changed = {name for name in newer if older.get(name) != newer[name]}
    assert {name for name, uid in after.items() if pods.get(name) != uid} == changed
    _stops_being_a_superuser(release)


def _stops_being_a_superuser(release: Release) -> None:
    """The services' role on the volume of the older chart, by the documented command; services connect and have their data."""
    powers = "SELECT rolname FROM pg_roles WHERE rolsuper"
    assert release.query("coder", powers) == "coder"
    assert "coder is a superuser until you run sh /etc/postgres/roles.sh here" in release.log("postgres-0")
    said = release.exec("postgres-0", "sh", "/etc/postgres/roles.sh")
    assert said.endswith("coder owns castiel and is no superuser; the administrator is postgres\n"), said
    assert release.query("postgres", powers) == "postgres"
    assert release.query("coder", "SELECT count(*) FROM kept") == "1000"
    with pytest.raises(RuntimeError, match="permission denied to COPY to or from an external program"):
        release.query("coder", "COPY kept TO PROGRAM 'id'")
    release.restart("store")  # which exits when its database does not let it in
    release.exec("rabbitmq-0", "rabbitmqctl", "set_user_tags", "castiel")
    assert release.exec("rabbitmq-0", "rabbitmqctl", "--quiet", "list_users").splitlines() == ["user\ttags", "castiel\t[]"]


STORIES = (
    lives_through_install_upgrade_rollback_and_uninstall,
    is_upgraded_from_an_older_chart_and_keeps_its_secrets_and_what_has_not_changed,
)


@pytest.fixture(scope="module")
def told(node: Node) -> Iterator[dict[tuple[str, str], Future[None]]]:
    """Each story with each Helm, a few at a time: most of it is waiting for pods."""
    for chart, values in ((small().chart, VALUES), (OLDER, OLDER_VALUES), (small().chart, KEPT_VALUES)):
        rendered = template(chart, [values], namespace="shop")
        assert isinstance(rendered, str), rendered
        node.provide_images(names_in(read(rendered)))

    def tell(number: int, story: Callable[[Release], None], helm: str) -> None:
        with node.fresh_namespace(f"release-{number}") as namespace:
            story(Release(node, namespace, *HELMS[helm]))

    pool = ThreadPoolExecutor(len(HELMS))
    every = itertools.product(STORIES, HELMS)
    try:
        yield {(story.__name__, helm): pool.submit(tell, at, story, helm) for at, (story, helm) in enumerate(every)}
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


@pytest.mark.parametrize("helm", HELMS)
@pytest.mark.parametrize("story", [story.__name__ for story in STORIES])
def test_a_release(told: dict[tuple[str, str], Future[None]], story: str, helm: str) -> None:
    told[story, helm].result()
