"""An autoscaler of the user's own is the only one of its workload, and the values leave it the number and repeat its bounds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chart.helm import Refusal, template
from tests.chart.law import broken
from tests.chart.platforms import charted, small
from tests.shop import errors
from tierwright.config.problems import ConfigError

WEB = "{apiVersion: apps/v1, kind: Deployment, name: web}"
EXTERNAL = "services: {web: {autoscaling: {external: true, minReplicas: 1, maxReplicas: 3}}}\n"


def hpa(target: str = WEB, *, bounds: str = "maxReplicas: 3", metadata: str = "name: own") -> str:
    kind = "apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler"
    return f"{{{kind}, metadata: {{{metadata}}}, spec: {{scaleTargetRef: {target}, {bounds}}}}}"


def keda(spec: str, *, name: str = "own") -> str:
    return f"{{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {{name: {name}}}, spec: {spec}}}"


def objects(*given: str) -> str:
    return "extraObjects:\n" + "".join(f"- {one}\n" for one in given)


TARGET = "extraObjects[0].spec.scaleTargetRef"
REMEDY = "set services.web.autoscaling.external to true"
REFUSED = {
    "the manifests say the number": (
        objects(hpa()),
        [f"2: {TARGET}: the platform writes how many pods web has, so every apply resets it; {REMEDY}"],
    ),
    "the platform makes one": (
        "services: {web: {autoscaling: {enabled: true}}}\n" + objects(hpa()),
        [
            (
                f"3: {TARGET}: the platform makes an autoscaler of web already; "
                "set services.web.autoscaling.enabled to false and external to true, or remove this one"
            )
        ],
    ),
    "one of KEDA's": (
        objects(keda("{scaleTargetRef: {name: web}}")),
        [f"2: {TARGET}: the platform writes how many pods web has, so every apply resets it; {REMEDY}"],
    ),
    "two of the user's": (
        EXTERNAL + objects(hpa(), keda("{scaleTargetRef: {name: web}, maxReplicaCount: 3}", name="b")),
        ["4: extraObjects[1].spec.scaleTargetRef: extraObjects[0] scales web already; keep one of the two"],
    ),
    "another most": (
        EXTERNAL + objects(hpa(bounds="maxReplicas: 4")),
        ["3: extraObjects[0].spec.maxReplicas: is 4, but services.web.autoscaling.maxReplicas is 3; write the same in both"],
    ),
    "another least": (
        EXTERNAL + objects(hpa(bounds="minReplicas: 2, maxReplicas: 3")),
        ["3: extraObjects[0].spec.minReplicas: is 2, but services.web.autoscaling.minReplicas is 1; write the same in both"],
    ),
    "a least that is not written": (
        EXTERNAL.replace("minReplicas: 1", "minReplicas: 2") + objects(hpa()),
        ["3: extraObjects[0].spec.minReplicas: is 1, but services.web.autoscaling.minReplicas is 2; write the same in both"],
    ),
    "a most of KEDA's that is not written": (
        EXTERNAL + objects(keda("{scaleTargetRef: {name: web}}")),
        ["3: extraObjects[0].spec.maxReplicaCount: is 100, but services.web.autoscaling.maxReplicas is 3; write the same in both"],
    ),
    "a data service": (
        objects(hpa("{apiVersion: apps/v1, kind: StatefulSet, name: postgres}")),
        [f"2: {TARGET}: postgres runs as one pod, and every apply restores that; remove the autoscaler"],
    ),
}
TAKEN = {
    "the same bounds": EXTERNAL + objects(hpa()),
    "the same bounds of KEDA's, which may scale to zero": EXTERNAL
    + objects(keda("{scaleTargetRef: {name: web}, maxReplicaCount: 3}")),
    "in another namespace": objects(hpa(metadata="name: own, namespace: other")),
    "of a workload of the user's": objects(hpa("{apiVersion: apps/v1, kind: Deployment, name: own}")),
    "of another kind of that name": objects(hpa("{apiVersion: example.com/v1, kind: Deployment, name: web}")),
    "of a service that is left out": "services: {web: {enabled: false}}\n" + objects(hpa()),
    "of a data service that is outside": (
        "postgres: {topology: external, external: {host: a, cidrs: [10.0.0.0/8], tls: false}}\n"
        + objects(hpa("{apiVersion: apps/v1, kind: StatefulSet, name: postgres}"))
    ),
    "KEDA's, without a target": objects(keda("{}"), keda("3", name="b"), keda("{scaleTargetRef: [web]}", name="c")),
    "KEDA's, with a target that has no name": objects(keda("{scaleTargetRef: {name: 3}}")),
    "KEDA's, with bounds that are no numbers": (
        EXTERNAL + objects(keda("{scaleTargetRef: {name: web}, minReplicaCount: a, maxReplicaCount: [1]}"))
    ),
}


def said(folder: Path, overlay: str) -> list[str]:
    (folder / "own.yaml").write_text(overlay)
    try:
        small().load([folder / "own.yaml"])
    except ConfigError as error:
        return str(error).replace(f"{folder / 'own.yaml'}:", "").splitlines()
    return []


@pytest.mark.parametrize(("overlay", "errors"), REFUSED.values(), ids=REFUSED)
def test_an_autoscaler_that_cannot_work_is_refused(tmp_path: Path, overlay: str, errors: list[str]) -> None:
    assert said(tmp_path, overlay) == errors


@pytest.mark.helm
@pytest.mark.parametrize(("overlay", "errors"), REFUSED.values(), ids=REFUSED)
def test_the_chart_says_the_same(overlay: str, errors: list[str]) -> None:
    made = template(small().chart, [overlay], namespace="shop")
    assert isinstance(made, Refusal)
    assert made.message == errors[0].split(": ", 1)[1]


@pytest.mark.parametrize("overlay", TAKEN.values(), ids=TAKEN)
def test_any_other_autoscaler_is_taken(tmp_path: Path, overlay: str) -> None:
    assert said(tmp_path, overlay) == []


@pytest.mark.helm
@pytest.mark.parametrize("overlay", TAKEN.values(), ids=TAKEN)
def test_the_chart_takes_it_too(overlay: str) -> None:
    assert not broken(small(), [overlay])


@pytest.mark.helm
def test_a_deployment_of_the_users_with_the_name_of_a_job_of_the_platform_may_be_scaled(tmp_path: Path) -> None:
    (tmp_path / "catalogue.yaml").write_text(
        "name: shop\ntiers: [{name: front}]\nservices:\n  web: {tier: front, port: 3000}\n"
        '  nightly: {tier: front, schedule: "0 3 * * *", command: [run]}\n'
    )
    overlay = objects(hpa("{apiVersion: apps/v1, kind: Deployment, name: nightly}"))
    assert not broken(charted(tmp_path / "catalogue.yaml"), [overlay])
    assert errors(tmp_path, catalogue=(tmp_path / "catalogue.yaml").read_text(), overlays={"own.yaml": overlay}) == []
