"""No pod has two disruption budgets: Kubernetes refuses to evict it then, and its node is never drained."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shop import errors

TWO = "services: {web: {replicas: 2}, store: {replicas: 2}}\n"
OF_WEB = "{matchLabels: {app.kubernetes.io/name: web}}"


def budgets(*selectors: str, namespace: str = "''") -> str:
    metadata = f"namespace: {namespace}"
    own = (
        f"{{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {{name: own-{number}, {metadata}}}, "
        f"spec: {{minAvailable: 1, selector: {selector}}}}}"
        for number, selector in enumerate(selectors)
    )
    return f"extraObjects: [{', '.join(own)}]\n"


def taken(index: int, name: str, other: str, *, line: int = 2) -> str:
    return (
        f"a.yaml:{line}: extraObjects[{index}].spec.selector: the pods of Deployment {name} have the budget {other} already, "
        "and Kubernetes evicts no pod that has two; select others, or keep one of the two"
    )


@pytest.mark.parametrize(
    ("overlay", "wrong"),
    [
        (TWO + budgets(OF_WEB), [taken(0, "web", "web")]),
        (TWO + budgets("{}"), [taken(0, "store", "store")]),
        (
            TWO + budgets("{matchExpressions: [{key: app.kubernetes.io/name, operator: NotIn, values: [store]}]}"),
            [taken(0, "web", "web")],
        ),
        (budgets(OF_WEB, OF_WEB), [taken(1, "web", "own-0", line=1)]),
    ],
    ids=["one of the platform's", "everything", "an expression", "two of the user's"],
)
def test_a_second_budget_over_a_pod_is_refused(tmp_path: Path, overlay: str, wrong: list[str]) -> None:
    assert errors(tmp_path, overlays={"a.yaml": overlay}) == wrong


@pytest.mark.parametrize(
    "overlay",
    [
        budgets(OF_WEB),
        "services: {web: {replicas: 2, disruptionBudget: {enabled: false}}}\n" + budgets(OF_WEB),
        TWO + budgets("{matchLabels: {app.kubernetes.io/name: other}}"),
        TWO + budgets("{matchExpressions: [{key: app.kubernetes.io/name, operator: DoesNotExist}]}"),
        TWO + budgets("{matchLabels: {team: ~}}"),
        TWO + budgets(OF_WEB, namespace="elsewhere"),
    ],
    ids=["one pod", "switched off", "others", "an expression", "a label without a value", "elsewhere"],
)
def test_the_only_budget_over_a_pod_is_taken(tmp_path: Path, overlay: str) -> None:
    assert errors(tmp_path, overlays={"a.yaml": overlay}) == []


@pytest.mark.parametrize(
    ("kind", "values", "label", "said"),
    [
        ("postgres", "topology: cloudnative-pg", "cnpg.io/cluster: data", "Cluster data have the budget of its operator"),
        (
            "rabbitmq",
            "topology: operator",
            "app.kubernetes.io/name: data-cluster",
            "RabbitmqCluster data-cluster have the budget data",
        ),
    ],
)
def test_members_that_an_operator_runs_have_a_budget(tmp_path: Path, kind: str, values: str, label: str, said: str) -> None:
    catalogue = (
        f"name: shop\ntiers: [{{name: data}}]\ndataServices: {{data: {{kind: {kind}, tier: data, port: 5000, urlVariable: A}}}}\n"
    )
    catalogue += "services: {web: {tier: data, port: 80, needs: [data]}}\n"
    overlay = f"dataServices: {{data: {{{values}}}}}\n" + budgets(f"{{matchLabels: {{{label}}}}}")
    (wrong,) = errors(tmp_path, catalogue=catalogue, overlays={"a.yaml": overlay})
    assert wrong.startswith(f"a.yaml:2: extraObjects[0].spec.selector: the pods of {said} already, ")
