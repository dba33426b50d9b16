"""Overlays that once broke the law between manifests and chart, as small as they could be."""

from pathlib import Path

import pytest

from tests.chart.law import broken
from tests.chart.platforms import small
from tierwright.config.problems import ConfigError

pytestmark = pytest.mark.helm

DIGEST, OTHER = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"

COUNTEREXAMPLES = {
    # Helm leaves null where there was no default.
    "null for a label that is not there": "commonLabels: {a: null, b: x}",
    "null for a limit that has no default": "defaults: {resources: {limits: {cpu: null}}}",
    "null for a variable of all services": "defaults: {env: {NODE_ENV: null, X: null}}",
    "null for a variable of one service": "services: {web: {env: {NODE_ENV: null, Y: null}}}",
    "null inside of a list": "defaults: {placement: {tolerations: [{key: a, effect: null}]}}",
    "null inside of an object of the user's": (
        "extraObjects: [{apiVersion: example.com/v1, kind: Odd, metadata: {name: a, labels: {b: null}}, data: null, x: [null, 1]}]"
    ),
    "null for all labels of the DNS": "networkPolicy: {dns: {podLabels: {k8s-app: null, a: null}}}",
    "null for a value that is needed": "startup: {pollSeconds: null}",
    "null for the limits of a data service": "redis: {resources: {limits: null}}",
    "null for the limits of all services": "defaults: {resources: {limits: null}}",
    "null for all services": "services: null",
    # Keys that null takes away vanish from the typed values, and are wrong all the same.
    "null for a key that nothing knows": "namespace: {nonsense: null}",
    "a key with an apostrophe": 'namespace: {"it\'s": null}',
    "null for a label with a space": "namespace: {quota: {hard: {'a b': null}}}",
    "null for a service that is not there": "services: {no-such: null}",
    "null for a destination that is not there": "networkPolicy: {externalCidrs: {no-such: null}}",
    "null for an unknown part of an affinity": "defaults: {placement: {affinity: {nonsense: null}}}",
    # What YAML makes of plain words.
    "a switch as a word": "namespace: {quota: {enabled: yes}}",
    "a whole number with a point": "defaults: {replicas: 2.0}",
    "a million": "extraObjects: [{apiVersion: example.com/v1, kind: Odd, metadata: {name: a}, x: [1000000, 1e-7, 123456789.25]}]",
    "a version that Kubernetes has no more": "extraObjects: [{apiVersion: batch/v1beta1, kind: CronJob, metadata: {name: a}}]",
    "a kind in small letters": "extraObjects: [{apiVersion: v1, kind: configmap, metadata: {name: a}}]",
    # Rules across values, which the chart checks itself.
    "a quantity that is zero": 'defaults: {autoscaling: {enabled: true}, resources: {requests: {cpu: "0m"}}}',
    "a data service without memory": 'redis: {resources: {limits: {memory: "0"}}}',
    "a variable that follows from the catalogue": "services: {web: {env: {PORT: '1'}}}",
    "a Secret that is not there": "secrets: {names: {no-such: a}}",
    "one name for two Secrets": "secrets: {names: {signing: a, api-keys: a}}",
    "the name of another Secret": "secrets: {names: {signing: api-keys}}",
    "a Secret made here that lacks the key": (
        "redis: {topology: external, external: {host: a, cidrs: [10.0.0.0/8], secret: {name: own, key: password}}}\n"
        "secrets: {names: {signing: own}}"
    ),
    "a Secret made here that has the key": (
        "redis: {topology: external, external: {host: a, cidrs: [10.0.0.0/8], secret: {name: rabbitmq-credentials}}}"
    ),
    "a service left out that another needs": "services: {store: {enabled: false}}",
    "an object without a name": "extraObjects: [{apiVersion: v1, kind: ConfigMap, metadata: {}}]",
    "an object that is empty": "extraObjects: [{}]",
    "the DNS of OpenShift": "networkPolicy: {dns: {namespace: openshift-dns, podLabels: {k8s-app: dns}, ports: [53, 5353]}}",
    "DNS without a port": "networkPolicy: {dns: {ports: []}}",
    "everybody as developers": "postgres: {developerAccess: {enabled: true, cidrs: [10.0.0.0/8, '0::/00']}}",
    "all of IPv4 as developers": "postgres: {developerAccess: {enabled: true, cidrs: ['0::FFFF:0:0/96']}}",
    "everybody as developers in halves": "postgres: {developerAccess: {enabled: true, cidrs: [0.0.0.0/1, 128.0.0.0/1]}}",
    "networks that a policy cannot see": (
        "{networkPolicy: {edge: {cidrs: [10.0.0.0/8]}}, "
        "services: {web: {service: {type: NodePort, externalTrafficPolicy: Cluster}}}}"
    ),
    "a load balancer for some": "{networkPolicy: {edge: {cidrs: [10.0.0.0/8]}}, services: {web: {service: {type: LoadBalancer}}}}",
    "a label of the selectors for all": "commonLabels: {app.kubernetes.io/name: web, team: a}",
    "a label of the policies for one service": "services: {web: {podLabels: {shop/tier: back}}}",
    "a label of the policies that null takes away": "defaults: {podLabels: {shop/tier: null}}",
    "one digest for all services": f"defaults: {{image: {{digest: '{DIGEST}'}}}}",
    "one digest for one image": f"defaults: {{image: {{repository: acme/all, digest: '{DIGEST}'}}}}",
    "one digest, though each service has its own": (
        f"defaults: {{image: {{digest: '{DIGEST}'}}}}\n"
        f"services: {{web: {{image: {{digest: '{OTHER}'}}}}, store: {{image: {{digest: ''}}}}, hints: {{image: {{digest: ''}}}}}}"
    ),
    "the digest of another repository": (
        f"defaults: {{image: {{repository: acme/all, digest: '{DIGEST}'}}}}\nservices: {{web: {{image: {{repository: acme/web}}}}}}"
    ),
    "the digest of no repository": (
        f"defaults: {{image: {{repository: acme/all, digest: '{DIGEST}'}}}}\nservices: {{web: {{image: {{repository: ''}}}}}}"
    ),
    "the digest of another tag": (
        f"defaults: {{image: {{repository: acme/all, digest: '{DIGEST}'}}}}\nservices: {{web: {{image: {{tag: '2'}}}}}}"
    ),
    "a mirror, and images that name their registry": (
        "images: {publicRegistry: mirror.example/hub, registry: acme.example}\n"
        "redis: {image: {repository: localhost/redis}}\nrabbitmq: {image: {repository: 'host:5000/redis'}}\n"
        "services: {web: {image: {repository: ghcr.io/acme/web}}, store: {image: {repository: acme/store.v2}}}"
    ),
    "two autoscalers": "services: {web: {autoscaling: {enabled: true, external: true}}}",
    "bounds of another autoscaler the wrong way round": "defaults: {autoscaling: {external: true, minReplicas: 5}}",
    "another autoscaler": "services: {web: {autoscaling: {external: true}, disruptionBudget: {enabled: true}}}",
    # Nothing is left to be made.
    "all data services outside": "\n".join(
        f"{name}: {{topology: external, external: {{host: {name}.example, cidrs: [10.0.0.0/8], secret: {{name: own}}}}}}"
        for name in ("postgres", "rabbitmq", "redis")
    ),
    # What Go's templates or YAML could take for their own.
    "braces in a text": (
        "defaults: {env: {A: '{{ .Values }}', B: '${{x}}'}, command: ['{{', '}}'], podAnnotations: {a: '{{- fail \"x\" }}'}}"
    ),
    "quotes and lines": 'defaults: {env: {A: "it\'s \\"so\\"\\n\\n  b\\n", B: "\\\\"}, args: ["a\\nb", " a "]}',
    "texts that look like something else": (
        "services: {web: {env: {A: 'yes', B: '1e3', C: '0x10', D: '1:30', E: 'null', F: '', G: '~'}}}"
    ),
}


@pytest.mark.parametrize("overlay", COUNTEREXAMPLES.values(), ids=COUNTEREXAMPLES)
def test_once_a_counterexample(overlay: str) -> None:
    assert not broken(small(), [overlay])


def test_null_of_a_later_overlay_takes_away_what_an_earlier_one_says() -> None:
    assert not broken(small(), ["defaults: {env: {A: b}, podLabels: {a: b}}", "defaults: {env: {A: null}, podLabels: {a: null}}"])


def test_a_map_of_a_later_overlay_takes_the_place_of_the_null_of_an_earlier_one() -> None:
    assert not broken(small(), ["defaults: {env: null}", "defaults: {env: {A: b}}"])


def test_values_of_a_component_that_is_not_there_are_told_once_whichever_overlays_they_are_in() -> None:
    first, second = "services: {store: {job: {}}}", "services: {store: {job: {backoffLimit: 0}}}"
    assert not broken(small(), [first, second])


@pytest.mark.parametrize("word", ["y", "N", "1e3", "1E+3", "0o17", "0X1F", "08", "1.e3"])
def test_a_plain_word_that_helm_reads_otherwise_is_refused(word: str, tmp_path: Path) -> None:
    (tmp_path / "overlay.yaml").write_text(f"defaults: {{env: {{A: {word}}}}}")
    with pytest.raises(ConfigError, match=r"`.*` is a (number|switch) for Helm; write it in quotes"):
        small().load([tmp_path / "overlay.yaml"])


def test_a_number_that_helm_would_round_is_refused(tmp_path: Path) -> None:
    (tmp_path / "overlay.yaml").write_text("global: {a: 9007199254740993}")
    with pytest.raises(ConfigError, match=r"global.a: `9007199254740993` is too large"):
        small().load([tmp_path / "overlay.yaml"])
