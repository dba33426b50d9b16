"""What a component adds to all pods, all policies and the namespace comes to each of them, in the stated order, in both outputs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import yaml

from tests.chart.helm import read, template
from tests.chart.law import broken
from tests.chart.platforms import Charted, small, small_with
from tests.kubernetes_schemas import validate
from tests.rendering import pod_templates
from tests.shop import RESTRICTED
from tierwright.aspects import Aspect, Manifest, PodAdditions, PolicyAdditions
from tierwright.blueprint import Blueprint
from tierwright.components.secrets.values import secrets_values
from tierwright.declarations import DeclarationError, Declared
from tierwright.expressions.tree import switch, when
from tierwright.kit.concern import Concern
from tierwright.kit.kinds import CONFIG_MAP, JOB, Kind
from tierwright.kit.metadata import ObjectMeta
from tierwright.kit.pods import CONTAINER_SECURITY
from tierwright.kit.service_meta import ServiceMeta

Object = dict[str, Any]
OVERLAYS = [
    "",
    "public: {tls: true}",
    "secrets: {mode: existing}",
    "defaults: {podLabels: {team: shop}, podAnnotations: {a: b}}",
    "postgres: {podAnnotations: {a: b}}",
    "networkPolicy: {edge: {cidrs: [192.0.2.0/24]}}",
]


def mesh(blueprint: Blueprint) -> Aspect:
    """A mesh takes part in every pod, and every pod reaches it."""
    del blueprint
    rule = {"to": [{"namespaceSelector": {"matchLabels": {"mesh": "true"}}}], "ports": [{"protocol": "TCP", "port": 15012}]}
    return Aspect(
        name="mesh",
        pods=lambda _, __: PodAdditions(annotations={"z.mesh/inject": "true"}, labels={"z.mesh/revision": "stable"}),
        policies=lambda _, __: PolicyAdditions(egress=(rule,)),
        namespace_labels={"z.mesh/revision": "stable"},
    )


def metrics(blueprint: Blueprint) -> Aspect:
    """Where the platform speaks TLS, Prometheus reads a port of each service."""
    on = blueprint.values.public.tls

    def pods(declared: Declared, pod: Manifest) -> PodAdditions:
        port = {"name": "metrics", "containerPort": 9090, "protocol": "TCP"}
        containers = str(sum(isinstance(container, dict) for container in pod["spec"]["containers"]))  # not the user's own
        mode = switch(secrets_values(blueprint).mode, {"generate": "made", "existing": "given", "external": "fetched"})
        return PodAdditions(
            labels={"a.metrics/on": when(on, "true")},
            annotations={"a.metrics/containers": containers, "a.metrics/secrets": mode},
            ports=(when(on, port),) if declared.service else (),
        )

    def policies(declared: Declared, policy: Manifest) -> PolicyAdditions:
        assert policy["podSelector"]
        rule = {"from": [{"namespaceSelector": {}}], "ports": [{"protocol": "TCP", "port": 9090}]}
        return PolicyAdditions(ingress=(when(on, rule),) if declared.service else ())

    return Aspect(name="metrics", pods=pods, policies=policies, namespace_labels={"a.metrics/on": "true"})


def jobs(blueprint: Blueprint) -> None:
    """A Job and a CronJob, which no component of the platform has like this."""
    container = {"name": "it", "image": "busybox:1.36", "securityContext": CONTAINER_SECURITY}
    spec = {"containers": [container], "restartPolicy": "Never"}
    plain = {"template": {"spec": spec}}
    concern = Concern("jobs", "jobs", blueprint=blueprint)
    meta = ObjectMeta(blueprint, "once", component="test")
    concern.declare("once", JOB, {"metadata": meta.metadata(), "spec": plain})
    nightly = {"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": {"metadata": meta.pod_metadata(), "spec": spec}}}}
    concern.declare("nightly", Kind("batch/v1", "CronJob"), {"metadata": meta.metadata("nightly"), "spec": nightly})


@cache
def charted() -> Charted:
    """The small platform with jobs of its own, under both aspects."""
    return small_with(jobs, aspects=lambda blueprint: (mesh(blueprint), metrics(blueprint)))


@cache
def objects(output: str, *, tls: bool) -> tuple[Object, ...]:
    """The objects of one of the outputs."""
    platform = charted().load_with({"public": {"tls": tls}})
    if output == "manifests":
        made = charted().objects(platform)
    else:
        text = template(charted().chart, [f"public: {{tls: {str(tls).lower()}}}"], namespace=platform.namespace)
        assert isinstance(text, str), text
        made = read(text)
    for one in made:
        validate(one)
    return tuple(made)


def pods(output: str, *, tls: bool = False) -> Iterator[tuple[str, Object]]:
    """The pod templates, with the name of what has them."""
    for one in objects(output, tls=tls):
        yield from ((f"{one['kind']}/{one['metadata']['name']}", pod) for pod in pod_templates(one))


both = pytest.mark.parametrize("output", ["manifests", "chart"])


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_both_outputs_have_the_same_additions(overlay: str) -> None:
    assert broken(charted(), [overlay]) == ""


@both
def test_every_pod_template_has_what_both_aspects_add_in_their_order(output: str) -> None:
    found = dict(pods(output))
    expected = {"Deployment/web", "StatefulSet/postgres", "Job/once", "CronJob/nightly"}
    assert expected < found.keys()
    assert "Pod/chart-test" in found or output == "manifests"
    for name, pod in found.items():
        annotations = pod["metadata"]["annotations"]
        added = [key for key in annotations if key.startswith(("a.metrics", "z.mesh"))]
        assert added == ["z.mesh/inject", "a.metrics/containers", "a.metrics/secrets"], name
        assert (annotations["a.metrics/containers"], annotations["a.metrics/secrets"]) == ("1", "made"), name
        assert pod["metadata"]["labels"]["z.mesh/revision"] == "stable", name
        assert "a.metrics/on" not in pod["metadata"]["labels"], name


@both
def test_additions_go_by_values(output: str) -> None:
    for name, pod in pods(output, tls=True):
        assert pod["metadata"]["labels"]["a.metrics/on"] == "true", name
        ports = [port["name"] for port in pod["spec"]["containers"][0].get("ports", [])]
        assert ("metrics" in ports) == name.startswith("Deployment/"), name
    assert all(port["name"] != "metrics" for _, one in pods(output) for port in one["spec"]["containers"][0].get("ports", []))


@both
def test_the_policy_of_each_workload_has_the_rules_and_no_other_policy(output: str) -> None:
    policies = {one["metadata"]["name"]: one["spec"] for one in objects(output, tls=True) if one["kind"] == "NetworkPolicy"}
    for name, spec in policies.items():
        of_workload = name not in ("default-deny", "chart-test-web")
        assert (15012 in ports_of(spec, "egress")) == of_workload, name
        assert (9090 in ports_of(spec, "ingress")) == (name in ("web", "store", "hints")), name
    assert ports_of(policies["web"], "egress")[-1] == 15012


def ports_of(policy: Object, direction: str) -> list[int]:
    """The ports of the rules of a policy."""
    return [port["port"] for rule in policy.get(direction, []) for port in rule["ports"]]


def test_the_namespace_has_the_labels() -> None:
    (namespace,) = [one for one in objects("manifests", tls=False) if one["kind"] == "Namespace"]
    labels = namespace["metadata"]["labels"]
    assert [*labels][-2:] == ["z.mesh/revision", "a.metrics/on"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_what_users_give_whole_stays_as_it_is() -> None:
    spec = {"containers": [{"name": "own", "image": "own:1", **yaml.safe_load(f"{{{RESTRICTED}}}")}]}
    own = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "own"}, "spec": spec}
    found = charted().objects(charted().load_with({"extraObjects": [own]}))
    (pod,) = [one for one in found if one["metadata"]["name"] == "own"]
    assert pod["spec"] == spec
    assert set(pod["metadata"]) == {"name", "namespace"}


def test_two_aspects_that_give_the_same_label() -> None:
    with pytest.raises(DeclarationError) as error:
        small_with(jobs, aspects=lambda blueprint: (mesh(blueprint), mesh(blueprint)))
    assert str(error.value) == (
        "Namespace `namespace.name` has the label z.mesh/revision of the aspect mesh, and the aspect mesh gives it too; "
        "choose another name"
    )


def test_an_aspect_that_would_change_what_selectors_go_by() -> None:
    taken = Aspect(name="greedy", pods=lambda _, __: PodAdditions(labels={"app.kubernetes.io/name": "mine"}))
    with pytest.raises(DeclarationError, match=r" has the label app\.kubernetes\.io/name of every object, and the aspect greedy "):
        small_with(jobs, aspects=lambda _: (taken,))


def test_a_pod_whose_metadata_is_a_named_template() -> None:
    blueprint = small().blueprint
    meta = ServiceMeta(blueprint, "it", values=blueprint.values_of("web"), component="test", version="", wave="1")
    manifest = {"metadata": meta.metadata(), "spec": {"containers": [{"name": "it", "image": "busybox:1.36"}]}}

    def declare(blueprint: Blueprint) -> None:
        Concern("it", "it", blueprint=blueprint).declare("it", Kind("v1", "Pod"), manifest)

    with pytest.raises(DeclarationError) as error:
        small_with(declare, aspects=lambda blueprint: (mesh(blueprint),))
    assert str(error.value) == "no aspect can add to Pod `it`: its metadata is a named template; write it out"


def test_an_object_without_pods_stays_as_it_is() -> None:
    def declare(blueprint: Blueprint) -> None:
        manifest = {"metadata": ObjectMeta(blueprint, "plain", component="test").metadata(), "data": {"a": "b"}}
        Concern("plain", "plain", blueprint=blueprint).declare("it", CONFIG_MAP, manifest)
        (declared,) = [one for one in blueprint.declared if one.concern == "plain"]
        assert declared.manifest == manifest

    small_with(declare, aspects=lambda blueprint: (mesh(blueprint), metrics(blueprint)))
