"""`helm test`: a pod in the cluster calls the public services, as their users do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tierwright.blueprint import Blueprint
from tierwright.components.chart_test.values import ChartTestValues
from tierwright.components.workloads.security import further_pod_context
from tierwright.config.soundness import UNSOUND
from tierwright.expressions.conditions import Condition
from tierwright.expressions.tree import OmitEmpty, Tree, when
from tierwright.kit.component import Component
from tierwright.kit.concern import Concern
from tierwright.kit.kinds import NETWORK_POLICY, POD, SERVICE_ACCOUNT, Kind
from tierwright.kit.metadata import Manifest, ObjectMeta
from tierwright.kit.network_boundary import boundary, from_pods, to_dns, to_endpoint
from tierwright.kit.pods import CONTAINER_SECURITY, pod_spec, resources
from tierwright.kit.startup_values import startup_values
from tierwright.model.catalogue import Catalogue
from tierwright.model.ports import MAIN
from tierwright.model.service import Service

NAME = "chart-test"

_SCRIPT = """\
# Calls each URL until it answers, for a minute: rules of the network may arrive late.
for url; do
  attempts=0
  until timeout 5 wget -q -O /dev/null "$url"; do
    attempts=$((attempts + 1))
    if [ "$attempts" -ge 30 ]; then
      echo "$url does not answer" >&2
      exit 1
    fi
    sleep 2
  done
  echo "$url answers"
done
"""


class ChartTest(Concern):
    """The test pod, its ServiceAccount, and policies that admit it while it exists. The chart alone has them."""

    def __init__(self, file: str, *, blueprint: Blueprint) -> None:
        super().__init__(file, NAME, blueprint=blueprint, folder="tests")
        self._public = [name for name, service in blueprint.catalogue.services.items() if _answers(service)]
        meta = ObjectMeta(blueprint, NAME, component="test")
        egress: list[Tree] = [to_endpoint(blueprint.endpoint(name)) for name in self._public]
        policy = boundary(meta, egress=[*egress, to_dns(blueprint)])
        self._declare_hook("boundary", NETWORK_POLICY, meta, {"spec": policy["spec"]}, weight="-1")
        account = {"automountServiceAccountToken": False}
        self._declare_hook("account", SERVICE_ACCOUNT, meta, account, weight="-1")
        for name in self._public:
            target = ObjectMeta(blueprint, name, component="test")
            spec = {
                "podSelector": {"matchLabels": target.selector},
                "policyTypes": ["Ingress"],
                "ingress": [from_pods([NAME], blueprint.service(name).named_port(MAIN).target_port)],
            }
            self._declare_hook(f"way-to-{name}", NETWORK_POLICY, meta, {"spec": spec}, name=_way_to(name), weight="-1")
        self._declare_hook("pod", POD, meta, {"spec": self._pod()}, weight="0")

    def _declare_hook(self, id: str, kind: Kind, meta: ObjectMeta, manifest: Manifest, *, name: str = NAME, weight: str) -> None:
        hook = {
            "helm.sh/hook": "test",
            "helm.sh/hook-weight": weight,
            "helm.sh/hook-delete-policy": "before-hook-creation,hook-succeeded",
        }
        metadata = meta.metadata(name, annotations=hook)
        self.declare(id, kind, {"metadata": metadata, **manifest}, in_manifests=False)

    def _pod(self) -> Manifest:
        startup = startup_values(self.blueprint)
        container = {
            "name": NAME,
            "image": self.blueprint.image(startup.image),
            "imagePullPolicy": self.blueprint.values.images.pull_policy,
            "command": ["sh", "-c", _SCRIPT, NAME],
            "args": OmitEmpty([self._url(name) for name in self._public]),
            "resources": resources(self.blueprint, startup.resources),
            "securityContext": CONTAINER_SECURITY,
        }
        return pod_spec(
            self.blueprint,
            service_account=NAME,
            security=further_pod_context(self.blueprint.values.defaults.security),
            placement=self.blueprint.values_of_part(NAME, ChartTestValues).placement,
            restart_policy="Never",
            containers=[container],
        )

    def _url(self, name: str) -> Tree:
        url = f"http://{self.blueprint.endpoint(name).address}{self.blueprint.values_of(name).probes.readiness_path}"
        present: Condition = self.blueprint.presence(name)
        return when(present, url)


def _answers(service: Service) -> bool:
    """Whether a service is public, and has a page that the test can ask for."""
    return service.public_address is not None and service.probe_handler.by_url


def _way_to(service: str) -> str:
    """The policy that lets the test reach a public service."""
    return f"{NAME}-{service}"


def _reserved(catalogue: Catalogue) -> Iterator[str]:
    yield NAME
    for name, service in catalogue.services.items():
        if service is not UNSOUND and service.public is not UNSOUND and service.public:
            yield _way_to(name)


def _is_wanted(catalogue: Catalogue) -> bool:
    return any(map(_answers, catalogue.services.values()))


CHART_TEST = Component(
    name=NAME,
    values=ChartTestValues,
    defaults=Path(__file__).with_name("defaults.yaml"),
    before="networkPolicy",
    declare=ChartTest,
    file="00-namespace",
    reserved=_reserved,
    wanted=_is_wanted,
    lack=("the catalogue has no public service whose page could be asked for", "give one there, or remove this"),
)
