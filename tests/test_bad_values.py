"""Wrong values: every rule, with the whole message."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shop import CATALOGUE, errors

DIGEST = f"sha256:{'a' * 64}"
CPU = "allowed: cores in quotes, such as '250m', '0.5', '2'"
BYTES = "allowed: whole bytes, such as '512Mi', '1.5Gi', '2G'"
HOST = "allowed: a host, with a port where it is not the usual one, such as shop.example or localhost:3000"
# (an overlay, its errors)
IN_AN_OVERLAY = [
    # the schema, on the values with the overlay laid over them
    ("defaults: {resources: {requests: {cpu: 2}}}", f"1: defaults.resources.requests.cpu: 2 is not allowed; {CPU}"),
    (
        "defaults: {resources: {limits: {memory: 512MB}}}",
        f"1: defaults.resources.limits.memory: '512MB' is not allowed; {BYTES}",
    ),
    ("defaults: {env: {RETRIES: 3}}", "1: defaults.env.RETRIES: 3 is not allowed; allowed: text, so put it in quotes"),
    (
        "defaults:\n  replicas: null",
        "2: defaults.replicas: has no value, but is needed; allowed: a whole number from 0 to 10000",
    ),
    ("\nstartup: ~", "2: startup: has no value, but is needed; allowed: a mapping"),
    ("startup: {order: random}", "1: startup.order: 'random' is not allowed; allowed: graph, tiers"),
    (
        "namespace: {name: Shop}",
        "1: namespace.name: 'Shop' is not allowed; allowed: a name of up to 63 lower-case letters, digits and hyphens",
    ),
    ('public: {host: "shop.example\\n"}', f"1: public.host: 'shop.example\\n' is not allowed; {HOST}"),
    ("public: {host: https://shop.example}", f"1: public.host: 'https://shop.example' is not allowed; {HOST}"),
    (
        "commonLabels: {team: a b}",
        (
            "1: commonLabels.team: 'a b' is not allowed; "
            "allowed: a label's value: up to 63 letters, digits, hyphens, underscores and dots"
        ),
    ),
    (
        "commonLabels: {a b: team}",
        (
            "1: commonLabels['a b']: the key is not allowed; allowed: "
            "a name such as team or example.com/team: up to 63 letters, digits, hyphens, underscores and dots"
        ),
    ),
    (
        "defaults: {placement: {tolerations: [{kei: a}]}}",
        (
            "1: defaults.placement.tolerations[0].kei: unknown key; did you mean key? "
            "allowed: key, operator, value, effect, tolerationSeconds"
        ),
    ),
    (
        "services: {web: {placement: {affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {}}}}}}",
        (
            "1: services.web.placement.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: "
            "is missing; allowed: a list with at least one entry"
        ),
    ),
    # the rules
    (
        "services: {wbe: {replicas: 2}}",
        "1: services.wbe: the catalogue has no such service; did you mean web? allowed: store, web",
    ),
    (
        "services: {web: {autoscaling: {enabled: true, minReplicas: 5}}}",
        "1: services.web.autoscaling.minReplicas: minReplicas, 5, is more than maxReplicas, 3; lower the one, or raise the other",
    ),
    (
        "services: {web: {autoscaling: {external: true, minReplicas: 5}}}",
        "1: services.web.autoscaling.minReplicas: minReplicas, 5, is more than maxReplicas, 3; lower the one, or raise the other",
    ),
    (
        "defaults: {autoscaling: {enabled: true}}\nservices: {web: {autoscaling: {external: true}}}",
        (
            "2: services.web.autoscaling.external: autoscaling is enabled and external, "
            "so two autoscalers would own the number of pods; set one of the two to false"
        ),
    ),
    (
        "services: {web: {autoscaling: {enabled: true, maxReplicas: 1}}}",
        "1: services.web.autoscaling.maxReplicas: minReplicas, 2, is more than maxReplicas, 1; lower the one, or raise the other",
    ),
    (
        (
            "defaults: {autoscaling: {enabled: true}}\nservices: {web: {resources: {requests: {cpu: '0'}}}}\n"
            "namespace: {limitRange: {enabled: false}}"
        ),
        (
            "2: services.web.resources.requests.cpu: requests.cpu is not set, but the autoscaler measures by it; "
            "set it, or switch autoscaling off"
        ),
    ),
    (
        "defaults: {resources: {requests: {memory: 1Gi}}}",
        "1: defaults.resources.requests.memory: the request 1Gi is above the limit 512Mi; lower the request, or raise the limit",
    ),
    (
        "services: {web: {resources: {limits: {memory: 64Mi}}}}",
        "1: services.web.resources.limits.memory: the request 128Mi is above the limit 64Mi; lower the request, or raise the limit",
    ),
    (
        "startup: {resources: {requests: {memory: 64Mi}}}",
        "1: startup.resources.requests.memory: the request 64Mi is above the limit 32Mi; lower the request, or raise the limit",
    ),
    (
        "secrets: {generator: {resources: {requests: {memory: 1Gi}}}}",
        (
            "1: secrets.generator.resources.requests.memory: the request 1Gi is above the limit 64Mi; "
            "lower the request, or raise the limit"
        ),
    ),
    (
        "defaults: {resources: {requests: {ephemeral-storage: 3Gi}}}",
        (
            "1: defaults.resources.requests.ephemeral-storage: the request 3Gi is above the limit 2Gi; "
            "lower the request, or raise the limit"
        ),
    ),
    (
        "startup: {resources: {requests: {ephemeral-storage: 1Gi}}}",
        (
            "1: startup.resources.requests.ephemeral-storage: the request 1Gi is above the limit 64Mi; "
            "lower the request, or raise the limit"
        ),
    ),
    (
        "services: {web: {scratch: 3Gi}}",
        (
            "1: services.web.scratch: scratch 3Gi does not fit into the limit of ephemeral-storage, 2Gi; "
            "raise the limit, or lower the size"
        ),
    ),
    (
        "defaults: {resources: {limits: {ephemeral-storage: 1000M}}}",
        (
            "1: defaults.resources.limits.ephemeral-storage: scratch 1Gi does not fit into the limit of ephemeral-storage, 1000M; "
            "raise the limit, or lower the size"
        ),
    ),
    (
        "defaults: {resources: {limits: {ephemeralStorage: 1Gi}}}",
        (
            "1: defaults.resources.limits.ephemeralStorage: unknown key; did you mean ephemeral-storage? "
            "allowed: cpu, memory, ephemeral-storage, huge pages such as hugepages-2Mi, a device such as nvidia.com/gpu"
        ),
    ),
    (
        "namespace: {limitRange: {min: {ephemeral-storage: 9Mi}}}",
        (
            "1: namespace.limitRange.min.ephemeral-storage: 9Mi is more than the 8Mi that secret-generator of Job secret-generator "
            "asks for; allowed: at most 8Mi, or raise that"
        ),
    ),
    (
        "defaults: {rollout: {maxSurge: 0}}",
        "1: defaults.rollout.maxSurge: a rollout with neither surge nor unavailable pods never begins; raise one of the two",
    ),
    (
        f"defaults: {{image: {{digest: '{DIGEST}'}}}}",
        (
            "1: defaults.image.digest: each service has an image of its own, and a digest is that of one image; "
            "set it in services.NAME.image, or name the one image in defaults.image.repository"
        ),
    ),
    (
        f"defaults: {{image: {{repository: acme/all, digest: '{DIGEST}'}}}}\nservices: {{web: {{image: {{repository: web}}}}}}",
        (
            "2: services.web.image.repository: the digest of defaults.image is not that of web's image; "
            "set services.web.image.digest too"
        ),
    ),
    (
        f"defaults: {{image: {{repository: acme/all, digest: '{DIGEST}'}}}}\nservices: {{web: {{image: {{tag: '2'}}}}}}",
        (
            "2: services.web.image.tag: the digest of defaults.image decides which image web runs, not this tag; "
            "set services.web.image.digest too"
        ),
    ),
    (
        "services: {store: {service: {type: NodePort}}}",
        "1: services.store.service.type: store is not public, so it cannot be a NodePort; allowed: ClusterIP",
    ),
    (
        "services: {web: {service: {type: LoadBalancer}}}",
        (
            "1: services.web.service.type: web is a LoadBalancer, but its policy lets no client reach it; "
            "name the clients in networkPolicy.edge.cidrs, such as 0.0.0.0/0 for everybody"
        ),
    ),
    (
        (
            "networkPolicy: {edge: {cidrs: [10.0.0.0/8]}}\n"
            "services: {web: {service: {type: NodePort, externalTrafficPolicy: Cluster}}}"
        ),
        (
            "2: services.web.service.externalTrafficPolicy: with Cluster the policy sees a node in place of the client; "
            "use Local, or let everybody in with 0.0.0.0/0 in networkPolicy.edge.cidrs"
        ),
    ),
    *(
        (
            f"{above}: {{team: a, {label}: x}}",
            f"1: {above}['{label}']: policies, selectors or controllers go by {label}; choose another name",
        )
        for above in ("commonLabels",)
        for label in ("app.kubernetes.io/name", "app.kubernetes.io/part-of", "shop/tier", "pod-security.kubernetes.io/enforce")
    ),
    (
        "defaults: {podLabels: {app.kubernetes.io/name: web}}",
        (
            "1: defaults.podLabels['app.kubernetes.io/name']: policies, selectors or controllers go by app.kubernetes.io/name; "
            "choose another name"
        ),
    ),
    (
        "services: {web: {podLabels: {shop/tier: back}}}",
        "1: services.web.podLabels['shop/tier']: policies, selectors or controllers go by shop/tier; choose another name",
    ),
    ("defaults: {env: {PORT: '80'}}", "1: defaults.env.PORT: PORT follows from the catalogue; remove it here"),
    ("services: {web: {env: {API_KEY: x}}}", "1: services.web.env.API_KEY: API_KEY follows from the catalogue; remove it here"),
    (
        "secrets: {names: {api-kays: x}}",
        (
            "1: secrets.names.api-kays: there is no secret `api-kays`; did you mean api-keys? "
            "allowed: postgres-credentials, postgres-administrator, postgres-login-store, postgres-login-web, api-keys"
        ),
    ),
    (
        "secrets: {names: {api-keys: postgres-credentials}}",
        ("1: secrets.names.api-keys: the name is that of two Secrets; give each a name of its own"),
    ),
    ("secrets: {mode: external}", "1: secrets.mode: the mode is external, but secrets.store.name is empty; name the store there"),
    (
        "networkPolicy: {externalCidrs: {api: [1.2.3.0/24]}}",
        "1: networkPolicy.externalCidrs.api: the catalogue has no external destination `api`; did you mean apis? allowed: apis",
    ),
    (
        "namespace: {limitRange: {min: {memory: 16Mi}}}",
        (
            "1: namespace.limitRange.min.memory: 16Mi is more than the 8Mi that wait-for-data of Deployment store asks for; "
            "allowed: at most 8Mi, or raise that"
        ),
    ),
    (
        "networkPolicy: {internalRanges: {ipv4: [fc00::/7]}}",
        (
            "1: networkPolicy.internalRanges.ipv4[0]: 'fc00::/7' is no IPv4 network; "
            "write it as 10.1.2.0/24, with no bits behind the prefix"
        ),
    ),
    *(
        (
            f"networkPolicy: {{{written}}}",
            f"1: networkPolicy.{path}[0]: '10.1.2.3/8' is no network; write it as 10.1.2.0/24, with no bits behind the prefix",
        )
        for written, path in (
            ("dns: {cidrs: [10.1.2.3/8]}", "dns.cidrs"),
            ("edge: {cidrs: [10.1.2.3/8]}", "edge.cidrs"),
            ("apiServerCidrs: [10.1.2.3/8]", "apiServerCidrs"),
            ("externalCidrs: {apis: [10.1.2.3/8]}", "externalCidrs.apis"),
        )
    ),
]


@pytest.mark.parametrize(("overlay", "error"), IN_AN_OVERLAY)
def test_a_wrong_overlay_is_told_with_its_line_and_what_is_allowed(tmp_path: Path, overlay: str, error: str) -> None:
    assert errors(tmp_path, overlays={"shop.yaml": overlay}) == [f"shop.yaml:{error}"]


@pytest.mark.parametrize(
    "overlay",
    [
        "defaults: {replicas: 3.0}",
        "postgres: {storage: {size: 20Gi}}",
        "postgres: {developerAccess: {enabled: false, cidrs: [0.0.0.0/0]}}",
        "postgres: {developerAccess: {enabled: true, cidrs: [0.0.0.0/1, 10.0.0.0/8]}}",
        "networkPolicy: {edge: {cidrs: [0.0.0.0/0]}}\nservices: {web: {service: {type: NodePort, externalTrafficPolicy: Cluster}}}",
        "services: {web: {service: {externalTrafficPolicy: Cluster}}}",
        "commonLabels: {other/tier: a, app.kubernetes.io/name: ~, name: b}",
        "postgres: {storage: {persistent: false}}",
        "postgres: {topology: external, external: {host: a.example, tls: false, cidrs: [10.0.0.0/8]}, scratch: 100Gi}",
        "defaults: {scratch: 100Gi, resources: {limits: {ephemeral-storage: ~}}}",
        f"namespace: {{name: {'n' * 63}}}",
        "services: {web: {replicas: ~, env: }}",
        "services: {web: }",
        "\ufeffnamespace: {name: shop}",
        "&labels commonLabels: &two {a: b}\ncommonAnnotations: *two",
        "# nothing",
        "",
    ],
)
def test_what_helm_takes_is_taken(tmp_path: Path, overlay: str) -> None:
    assert errors(tmp_path, overlays={"shop.yaml": overlay}) == []


def test_of_two_overlays_the_one_that_decides_is_named(tmp_path: Path) -> None:
    overlays = {"one.yaml": "defaults: {replicas: 2}\npostgres: {user: a$b}\n", "two.yaml": "\n\ndefaults: {replicas: -1}\n"}
    assert errors(tmp_path, overlays=overlays) == [
        (
            "one.yaml:2: postgres.user: 'a$b' is not allowed; allowed: up to 63 printable ASCII characters, "
            "but no double quote, backslash, dollar sign or outer space"
        ),
        "two.yaml:3: defaults.replicas: -1 is not allowed; allowed: a whole number from 0 to 10000",
    ]


def test_a_list_of_thousands_of_names_is_cut_short(tmp_path: Path) -> None:
    many = "".join(f"  s{n}: {{tier: front, port: {10_000 + n}}}\n" for n in range(2000))
    (error,) = errors(tmp_path, catalogue=CATALOGUE + many, overlays={"shop.yaml": "services: {unheard-of: {}}"})
    assert error.endswith("s35, s36, s37 and 1962 more")


def test_services_that_are_no_mapping_are_refused(tmp_path: Path) -> None:
    assert errors(tmp_path, overlays={"overlay.yaml": "services: [web]\n"}) == [
        "overlay.yaml:1: services: a list is not allowed; allowed: a mapping",
    ]


def test_a_broken_catalogue_does_not_make_sound_values_wrong(tmp_path: Path) -> None:
    found = errors(tmp_path, catalogue="name: 1\n", overlays={"overlay.yaml": "services: {web: {replicas: 2}}\n"})
    assert found
    assert all(error.startswith("catalogue.yaml:") for error in found), found


def test_a_default_that_is_wrong_for_many_services_is_reported_once(tmp_path: Path) -> None:
    further, overlay = "  mail: {tier: back, port: 3005}\n", "defaults: {service: {type: NodePort}}\n"
    assert errors(tmp_path, catalogue=CATALOGUE + further, overlays={"overlay.yaml": overlay}) == [
        "overlay.yaml:1: defaults.service.type: store is not public, so it cannot be a NodePort; allowed: ClusterIP",
        (
            "overlay.yaml:1: defaults.service.type: web is a NodePort, but its policy lets no client reach it; "
            "name the clients in networkPolicy.edge.cidrs, such as 0.0.0.0/0 for everybody"
        ),
    ]
