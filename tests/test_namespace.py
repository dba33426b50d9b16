"""The namespace and what holds for all in it."""

from decimal import Decimal

import pytest

from tests.rendering import ENVIRONMENTS, Rendered, render, render_with
from tierwright.model.quantities import quantity


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_namespace_enforces_the_restricted_pod_security_standard(environment: str) -> None:
    labels = render(environment).get("Namespace", render(environment).platform.namespace)["metadata"]["labels"]
    for mode in ("enforce", "audit", "warn"):
        assert labels[f"pod-security.kubernetes.io/{mode}"] == "restricted"
        assert labels[f"pod-security.kubernetes.io/{mode}-version"] == "latest"


def test_somebody_else_may_make_the_namespace() -> None:
    rendered = render_with({"namespace": {"name": "team-a", "create": False}})
    assert not rendered.kinds("Namespace")
    assert rendered.get("Deployment", "calendar")["metadata"]["namespace"] == "team-a"
    node = rendered.variables("StatefulSet", "rabbitmq")["RABBITMQ_NODENAME"]["value"]
    assert node == "rabbit@$(POD_NAME).rabbitmq-nodes.team-a.svc.cluster.local"


def test_quota_and_limit_range_come_and_go_by_values() -> None:
    assert not render().kinds("ResourceQuota")
    assert render().has("LimitRange", "limits")
    assert render("production").get("ResourceQuota", "quota")["spec"]["hard"]["services.loadbalancers"] == "0"
    assert not render_with({"namespace": {"limitRange": {"enabled": False}}}).kinds("LimitRange")


def test_a_container_of_somebody_elses_gets_room_on_the_disk_too() -> None:
    (limits,) = render().get("LimitRange", "limits")["spec"]["limits"]
    assert limits["defaultRequest"]["ephemeral-storage"] == "16Mi"
    assert limits["default"]["ephemeral-storage"] == "1Gi"


def demand(rendered: Rendered, resource: str, kind: str) -> Decimal:
    """What all pods ask for at their largest, one more of each Deployment during a rollout."""
    total = Decimal(0)
    for owner, template in rendered.pods():
        _, name = owner.split("/")
        pods = 1
        if owner.startswith("Deployment"):
            values = rendered.platform.values_of(name)
            pods = values.largest + values.rollout.max_surge
        spec = template["spec"]
        main = sum(quantity(container["resources"][kind].get(resource, "0")) for container in spec["containers"])
        first = max(
            (quantity(one["resources"][kind].get(resource, "0")) for one in spec.get("initContainers", [])), default=Decimal(0)
        )
        total += pods * max(main, first)
    return total


@pytest.mark.parametrize("environment", ["staging", "production"])
@pytest.mark.parametrize(
    ("kind", "resource"),
    [
        ("requests", "cpu"),
        ("requests", "memory"),
        ("limits", "memory"),
        ("requests", "ephemeral-storage"),
        ("limits", "ephemeral-storage"),
    ],
)
def test_the_quota_holds_everything_at_its_largest_during_a_rollout(environment: str, kind: str, resource: str) -> None:
    rendered = render(environment)
    hard = rendered.get("ResourceQuota", "quota")["spec"]["hard"][f"{kind}.{resource}"]
    assert demand(rendered, resource, kind) <= quantity(hard)
