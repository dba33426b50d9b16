"""What the API server cannot even read: numbers that do not fit into the 32 bits of their field, and what is no base64."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shop import RESTRICTED, errors

INT32 = "allowed: a whole number from -2147483648 to 2147483647"
_TEMPLATE = f"{{metadata: {{labels: {{a: b}}}}, spec: {{containers: [{{name: c, image: d, {RESTRICTED}}}]}}}}"
_SPEC = f"selector: {{matchLabels: {{a: b}}}}, template: {_TEMPLATE}"
_SIDECAR = f"{{name: a, image: b, {RESTRICTED}"


def _deployment(fields: str) -> str:
    return f"extraObjects: [{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: a}}, spec: {{{fields}, {_SPEC}}}}}]"


def _service(port: str) -> str:
    return f"extraObjects: [{{apiVersion: v1, kind: Service, metadata: {{name: a}}, spec: {{ports: [{port}]}}}}]"


def _of_web(fields: str) -> str:
    return f"services: {{web: {{{fields}}}}}"


LARGE = [
    (_deployment("replicas: 2147483648"), "extraObjects[0].spec.replicas: 2147483648"),
    (_deployment("minReadySeconds: 3000000000.0"), "extraObjects[0].spec.minReadySeconds: 3000000000"),
    (
        _deployment("strategy: {rollingUpdate: {maxSurge: 2147483648}}"),
        "extraObjects[0].spec.strategy.rollingUpdate.maxSurge: 2147483648",
    ),
    (_service("{port: 2147483648}"), "extraObjects[0].spec.ports[0].port: 2147483648"),
    (_service("{port: 1, targetPort: 2147483648}"), "extraObjects[0].spec.ports[0].targetPort: 2147483648"),
    (
        _of_web(
            "spread: {constraints: [{maxSkew: 2147483648, topologyKey: rack, whenUnsatisfiable: ScheduleAnyway, "
            "labelSelector: {matchLabels: {a: b}}}]}"
        ),
        "services.web.spread.constraints[0].maxSkew: 2147483648",
    ),
    (
        _of_web(f"sidecars: [{_SIDECAR}, ports: [{{containerPort: 2147483648}}]}}]"),
        "services.web.sidecars[0].ports[0].containerPort: 2147483648",
    ),
    (
        _of_web(f"sidecars: [{_SIDECAR}, livenessProbe: {{exec: {{command: [a]}}, periodSeconds: 2147483648}}}}]"),
        "services.web.sidecars[0].livenessProbe.periodSeconds: 2147483648",
    ),
    (
        _of_web("extraVolumes: [{name: a, secret: {secretName: b, defaultMode: 2147483648}}]"),
        "services.web.extraVolumes[0].secret.defaultMode: 2147483648",
    ),
]


@pytest.mark.parametrize(("overlay", "value"), LARGE)
def test_a_whole_number_fits_into_its_field(tmp_path: Path, overlay: str, value: str) -> None:
    assert errors(tmp_path, overlays={"a.yaml": overlay}) == [f"a.yaml:1: {value} is not allowed; {INT32}"]


def test_the_largest_numbers_that_fit_are_taken(tmp_path: Path) -> None:
    fields = "replicas: 2147483647, revisionHistoryLimit: 2147483647, strategy: {rollingUpdate: {maxSurge: 2147483647}}"
    assert errors(tmp_path, overlays={"a.yaml": _deployment(fields)}) == []
    generation = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, generation: 2147483648}}"  # which has 64 bits
    assert errors(tmp_path, overlays={"a.yaml": f"extraObjects: [{generation}]"}) == []


def test_texts_in_base64_are_judged_in_every_kind(tmp_path: Path) -> None:
    """Line ends do not count; spaces are wrong, which YAML makes of the line ends of a folded text."""
    overlay = "extraObjects:\n  - {apiVersion: v1, kind: Secret, metadata: {name: a}, data: {a: TEXT}}\n"
    assert errors(tmp_path, overlays={"a.yaml": overlay.replace("TEXT", '"YQ\\n==\\n"')}) == []
    assert errors(tmp_path, overlays={"a.yaml": overlay.replace("TEXT", '"YQ\n  =="')}) == [
        "a.yaml:2: extraObjects[0].data.a: is no base64; encode it, or write it under stringData"
    ]
    hook = (
        "{name: a.example.com, clientConfig: {url: 'https://a.example', caBundle: '${CA}'}, sideEffects: None, "
        "admissionReviewVersions: [v1]}"
    )
    kind = "apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration"
    assert errors(tmp_path, overlays={"a.yaml": f"extraObjects: [{{{kind}, metadata: {{name: a}}, webhooks: [{hook}]}}]"}) == [
        "a.yaml:1: extraObjects[0].webhooks[0].clientConfig.caBundle: is no base64; encode it"
    ]
