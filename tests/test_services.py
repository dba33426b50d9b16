"""Services as the values run them: images, variables, scaling, placement, shutdown."""

import pytest

from tests.rendering import ENVIRONMENTS, Object, render, render_with
from tests.test_seed import MICROSERVICES, PORTS
from tierwright.config.problems import ConfigError
from tierwright.kit.network_values import WithDestinations


def pod(rendered_deployment: Object) -> Object:
    spec: Object = rendered_deployment["spec"]["template"]["spec"]
    return spec


def test_an_autoscaler_owns_the_count_where_there_is_one() -> None:
    for environment in ENVIRONMENTS:
        rendered = render(environment)
        for name in PORTS:
            scaled = rendered.has("HorizontalPodAutoscaler", name)
            assert scaled == rendered.platform.values_of(name).autoscaling.enabled
            assert ("replicas" in rendered.get("Deployment", name)["spec"]) != scaled, f"{environment}/{name}"


def test_an_autoscaler_measures_cpu_and_memory_and_does_not_flap() -> None:
    spec = render("production").get("HorizontalPodAutoscaler", "calendar")["spec"]
    assert spec["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "calendar"}
    targets = {metric["resource"]["name"]: metric["resource"]["target"] for metric in spec["metrics"]}
    assert targets == {
        "cpu": {"type": "Utilization", "averageUtilization": 70},
        "memory": {"type": "Utilization", "averageUtilization": 80},
    }
    assert spec["behavior"]["scaleDown"]["stabilizationWindowSeconds"] == 300
    assert spec["behavior"]["scaleUp"]["stabilizationWindowSeconds"] == 30


def test_an_autoscaler_doubles_at_most_and_takes_half_at_most_each_minute() -> None:
    """A burst may double the pods, or bring two where that is more; a lull takes half of them, or one where that is less."""
    behavior = render("production").get("HorizontalPodAutoscaler", "calendar")["spec"]["behavior"]
    policies = {
        direction: (one["selectPolicy"], {policy["type"]: (policy["value"], policy["periodSeconds"]) for policy in one["policies"]})
        for direction, one in behavior.items()
    }
    assert policies == {
        "scaleUp": ("Max", {"Percent": (100, 60), "Pods": (2, 60)}),
        "scaleDown": ("Min", {"Percent": (50, 60), "Pods": (1, 60)}),
    }


def test_a_disruption_budget_is_never_on_a_single_pod() -> None:
    for environment in ENVIRONMENTS:
        rendered = render(environment)
        for name in PORTS:
            several = rendered.platform.values_of(name).smallest > 1
            assert rendered.has("PodDisruptionBudget", name) == several, f"{environment}/{name}"
    assert render("production").get("PodDisruptionBudget", "calendar")["spec"]["maxUnavailable"] == 1
    assert render_with({"services": {"calendar": {"replicas": 2}}}).has("PodDisruptionBudget", "calendar")
    switched_off = render_with({"services": {"calendar": {"replicas": 2, "disruptionBudget": {"enabled": False}}}})
    assert not switched_off.has("PodDisruptionBudget", "calendar")


def test_a_broken_pod_keeps_no_node_from_being_drained() -> None:
    """By Kubernetes' default a pod that runs but is not ready may not be evicted where the budget is used up: for ever, perhaps."""
    budgets = render("production").kinds("PodDisruptionBudget")
    assert budgets
    for name, one in budgets.items():
        assert one["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow", name


def test_a_pod_goes_on_serving_before_it_drains_and_has_time_for_both() -> None:
    deployment = render("production").get("Deployment", "calendar")
    container = render("production").container("Deployment", "calendar")
    assert container["lifecycle"] == {"preStop": {"sleep": {"seconds": 10}}}
    assert pod(deployment)["terminationGracePeriodSeconds"] == 10 + 30 + 5


def test_a_rollout_never_takes_a_pod_before_its_successor_is_ready() -> None:
    for name in PORTS:
        strategy = render().get("Deployment", name)["spec"]["strategy"]
        assert strategy == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}


def test_a_rollout_may_take_as_long_as_the_whole_start() -> None:
    longest = (len(render().platform.graph.tiers) + 1) * 150
    for name in PORTS:
        assert render().get("Deployment", name)["spec"]["progressDeadlineSeconds"] >= longest


def test_pods_spread_softly_over_nodes_and_zones_by_default() -> None:
    constraints = pod(render().get("Deployment", "calendar"))["topologySpreadConstraints"]
    assert {one["topologyKey"]: one["whenUnsatisfiable"] for one in constraints} == {
        "kubernetes.io/hostname": "ScheduleAnyway",
        "topology.kubernetes.io/zone": "ScheduleAnyway",
    }


def test_where_pods_must_be_spread_a_node_that_takes_none_of_them_does_not_count() -> None:
    """A tainted node would count as one without any such pod, and no other could take a second one before it."""
    hard = {"nodes": "DoNotSchedule", "zones": "ScheduleAnyway"}
    rendered = render_with({"defaults": {"spread": hard}, "postgres": {"pooler": {"enabled": True, "spread": hard}}})
    for name in ("calendar", "postgres-pooler"):
        constraints = pod(rendered.get("Deployment", name))["topologySpreadConstraints"]
        assert {one["topologyKey"]: one.get("nodeTaintsPolicy") for one in constraints} == {
            "kubernetes.io/hostname": "Honor",
            "topology.kubernetes.io/zone": None,
        }, name


def test_only_the_pods_of_one_revision_are_spread() -> None:
    """Counted with the old ones, which go next, the new pods would be placed where those are not, and stay there."""
    for name in PORTS:
        for one in pod(render().get("Deployment", name))["topologySpreadConstraints"]:
            assert one["matchLabelKeys"] == ["pod-template-hash"], name
            assert one["labelSelector"] == {"matchLabels": {"app.kubernetes.io/name": name}}, name
            assert one["maxSkew"] == 1, name


@pytest.mark.parametrize(
    ("overlay", "image"),
    [
        ({}, "castiel/calendar:0.1.0"),
        ({"images": {"registry": "registry.example/team"}}, "registry.example/team/calendar:0.1.0"),
        ({"defaults": {"image": {"tag": "2.0.0"}}}, "castiel/calendar:2.0.0"),
        ({"services": {"calendar": {"image": {"tag": "2.0.1"}}}}, "castiel/calendar:2.0.1"),
        ({"services": {"calendar": {"image": {"repository": "other/calendar"}}}}, "other/calendar:0.1.0"),
        ({"services": {"calendar": {"image": {"digest": f"sha256:{'a' * 64}"}}}}, f"castiel/calendar:0.1.0@sha256:{'a' * 64}"),
    ],
)
def test_an_image_comes_from_the_registry_or_from_a_services_own_entry(overlay: dict[str, object], image: str) -> None:
    assert render_with(overlay).container("Deployment", "calendar")["image"] == image


def test_a_mirror_serves_all_public_images() -> None:
    rendered = render_with({"images": {"publicRegistry": "mirror.example"}})
    public = {container["image"] for _, container in rendered.containers() if not container["image"].startswith("castiel/")}
    assert public == {
        "mirror.example/postgres:16",
        "mirror.example/rabbitmq:3-management",
        "mirror.example/redis:7-alpine",
        "mirror.example/busybox:1.37.0",
        "mirror.example/curlimages/curl:8.11.1",
    }


@pytest.mark.parametrize(
    ("repository", "image"),
    [
        ("busybox", "mirror.example/busybox"),
        ("acme/web", "mirror.example/acme/web"),
        ("acme/web.v2", "mirror.example/acme/web.v2"),
        ("web.v2", "mirror.example/web.v2"),
        ("localhosts/web", "mirror.example/localhosts/web"),
        ("ghcr.io/acme/web", "ghcr.io/acme/web"),
        ("registry:5000/web", "registry:5000/web"),
        ("localhost/web", "localhost/web"),
        ("", "castiel/calendar"),
    ],
)
def test_a_mirror_goes_before_repositories_that_name_no_registry(repository: str, image: str) -> None:
    overlay = {"images": {"publicRegistry": "mirror.example"}, "services": {"calendar": {"image": {"repository": repository}}}}
    assert render_with(overlay).container("Deployment", "calendar")["image"] == f"{image}:0.1.0"


def test_values_override_the_catalogues_variables_for_one_service_or_add_to_all() -> None:
    rendered = render_with(
        {"defaults": {"env": {"LOG_LEVEL": "debug"}}, "services": {"ai-service": {"env": {"MODEL_REQUEST_TIMEOUT_MS": "5"}}}}
    )
    assert rendered.variables("Deployment", "ai-service")["MODEL_REQUEST_TIMEOUT_MS"]["value"] == "5"
    assert rendered.variables("Deployment", "ai-service")["MODEL_REQUESTS_PER_MINUTE"]["value"] == "600"
    assert rendered.variables("Deployment", "calendar")["LOG_LEVEL"]["value"] == "debug"


def test_null_takes_a_value_away_and_a_list_replaces_a_list() -> None:
    ranges = {"internalRanges": {"ipv4": ["10.0.0.0/8"]}}
    rendered = render_with({"defaults": {"env": {"LOG_LEVEL": None}}, "networkPolicy": ranges})
    assert "LOG_LEVEL" not in rendered.variables("Deployment", "calendar")
    policy = rendered.platform.values_of_part("network-policy", WithDestinations)
    assert policy.internal_ranges.ipv4 == ["10.0.0.0/8"]


def test_null_for_one_service_gives_it_the_default_again() -> None:
    assert (
        render_with({"services": {"api-gateway": None}}, environment="production")
        .platform.values_of("api-gateway")
        .autoscaling.max_replicas
        == 3
    )


def test_all_options_of_the_databases_url_are_the_users() -> None:
    rendered = render_with(
        {"postgres": {"urlOptions": "schema=public&pool=${poolSize}"}, "services": {"calendar": {"database": {"poolSize": 2}}}},
    )
    url = rendered.variables("Deployment", "calendar")["DATABASE_URL"]["value"]
    assert url.endswith("/castiel?schema=public&pool=2")


def test_without_options_the_databases_url_ends_with_the_database() -> None:
    """psql, psycopg and asyncpg take no option that they do not know."""
    url = render_with({"postgres": {"urlOptions": ""}}).variables("Deployment", "calendar")["DATABASE_URL"]["value"]
    assert url == "postgresql://coder:$(DB_PASSWORD)@postgres:5432/castiel"


@pytest.mark.parametrize(
    ("name", "in_urls"),
    [
        ("postgres.abcdef", "postgres.abcdef"),
        ("user@server", "user%40server"),
        ("my-db", "my-db"),
        ("UPPER", "UPPER"),
        ("it's a 100% + / ? # : group", "it%27s%20a%20100%25%20%2B%20%2F%20%3F%20%23%20%3A%20group"),
    ],
)
def test_names_of_managed_servers_are_encoded_in_urls_and_nowhere_else(name: str, in_urls: str) -> None:
    rendered = render_with({"postgres": {"user": name, "database": name}, "rabbitmq": {"user": name}})
    variables = rendered.variables("Deployment", "calendar")
    url = f"postgresql://{in_urls}:$(DB_PASSWORD)@postgres:5432/{in_urls}?"
    assert variables["DATABASE_URL"]["value"].startswith(url)
    assert variables["RABBITMQ_URL"]["value"] == f"amqp://{in_urls}:$(RABBITMQ_PASSWORD)@rabbitmq:5672"
    postgres = rendered.variables("StatefulSet", "postgres")
    assert (postgres["SERVICES_USER"]["value"], postgres["POSTGRES_DB"]["value"]) == (name, name)
    assert rendered.variables("StatefulSet", "rabbitmq")["RABBITMQ_DEFAULT_USER"]["value"] == name
    commands = [probe["exec"]["command"][-1] for _, one in rendered.containers() for probe in one.values() if is_shell_probe(probe)]
    assert commands
    assert [command for command in commands if name in command] == []


def is_shell_probe(entry: object) -> bool:
    return isinstance(entry, dict) and "exec" in entry


def test_placement_pull_secrets_annotations_and_labels_reach_the_pod() -> None:
    placement = {
        "nodeSelector": {"disk": "ssd"},
        "tolerations": [{"key": "dedicated", "operator": "Exists"}],
        "affinity": {"podAntiAffinity": {}},
        "priorityClass": "high",
    }
    overlay = {
        "images": {"pullSecrets": ["registry"]},
        "commonLabels": {"team": "platform"},
        "commonAnnotations": {"contact": "night-shift"},
        "services": {
            "calendar": {
                "placement": placement,
                "podAnnotations": {"a": "b"},
                "podLabels": {"c": "d"},
            }
        },
    }
    rendered = render_with(overlay)
    deployment = rendered.get("Deployment", "calendar")
    spec = pod(deployment)
    assert spec["nodeSelector"] == {"disk": "ssd"}
    assert spec["tolerations"] == placement["tolerations"]
    assert spec["affinity"] == {"podAntiAffinity": {}}
    assert spec["priorityClassName"] == "high"
    assert spec["imagePullSecrets"] == [{"name": "registry"}]
    metadata = deployment["spec"]["template"]["metadata"]
    assert metadata["annotations"] == {"a": "b"}
    assert metadata["labels"]["c"] == "d"
    assert metadata["labels"]["app.kubernetes.io/name"] == "calendar"
    for (kind, name), one in rendered.objects.items():
        assert one["metadata"]["labels"]["team"] == "platform", f"{kind}/{name}"
        assert one["metadata"]["annotations"]["contact"] == "night-shift", f"{kind}/{name}"


def test_the_size_of_tmp_is_a_value() -> None:
    rendered = render_with({"services": {"calendar": {"scratch": "100Mi"}}})
    volumes = {name: pod(rendered.get("Deployment", name))["volumes"] for name in ("calendar", "dashboard")}
    assert {"name": "tmp", "emptyDir": {"sizeLimit": "100Mi"}} in volumes["calendar"]
    assert {"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}} in volumes["dashboard"]


def test_a_public_service_can_be_a_load_balancer() -> None:
    rendered = render_with(
        {
            "networkPolicy": {"edge": {"cidrs": ["0.0.0.0/0"]}},
            "services": {"api-gateway": {"service": {"type": "LoadBalancer", "annotations": {"lb": "internal"}}}},
        }
    )
    service = rendered.get("Service", "api-gateway")
    assert service["spec"]["type"] == "LoadBalancer"
    assert service["metadata"]["annotations"]["lb"] == "internal"
    for name in MICROSERVICES:
        assert rendered.get("Service", name)["spec"]["type"] == "ClusterIP"


def test_what_is_disabled_is_left_out_and_those_that_can_do_without_it_do() -> None:
    rendered = render_with({"services": {"calendar": {"enabled": False}}})
    assert not any(name == "calendar" for _, name in rendered.objects)
    assert "CALENDAR_SERVICE_URL" not in rendered.variables("Deployment", "api-gateway")
    assert "DASHBOARD_SERVICE_URL" in rendered.variables("Deployment", "api-gateway")
    assert " calendar " not in rendered.get("ConfigMap", "startup-gate")["data"]["targets"]


def test_disabling_what_a_service_cannot_do_without_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"services\.mcp-server\.enabled: mcp-server is left out, but knowledge-base needs it; "):
        render_with({"services": {"mcp-server": {"enabled": False}}})
    slice_of_it = ("api-gateway", "execution", "planning", "knowledge-base", "mcp-server")
    rendered = render_with({"services": {name: {"enabled": False} for name in slice_of_it}})
    assert set(rendered.kinds("Deployment")) == set(PORTS) - set(slice_of_it)


def test_variables_volumes_and_objects_of_the_users_own_come_as_they_are() -> None:
    field = {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}
    volume, mount = {"name": "cache", "emptyDir": {"sizeLimit": "1Gi"}}, {"name": "cache", "mountPath": "/cache"}
    own = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "banner"}, "data": {"text": "hello"}}
    rendered = render_with(
        {
            "services": {"calendar": {"extraEnv": [field], "extraVolumes": [volume], "extraVolumeMounts": [mount]}},
            "extraObjects": [own],
        }
    )
    assert rendered.container("Deployment", "calendar")["env"][-1] == field
    assert rendered.container("Deployment", "calendar")["volumeMounts"][-1] == mount
    assert pod(rendered.get("Deployment", "calendar"))["volumes"][-1] == volume
    assert rendered.get("ConfigMap", "banner") == {**own, "metadata": {"name": "banner", "namespace": "castiel"}}


def test_another_autoscaler_owns_the_number_of_pods_and_its_bounds_count() -> None:
    scaling = {"enabled": False, "external": True, "minReplicas": 2}
    for environment in ENVIRONMENTS:
        rendered = render_with({"services": {"calendar": {"autoscaling": scaling}}}, environment=environment)
        assert "replicas" not in rendered.get("Deployment", "calendar")["spec"]
        assert not rendered.has("HorizontalPodAutoscaler", "calendar")
        assert rendered.has("PodDisruptionBudget", "calendar")
        values = rendered.platform.values_of("calendar")
        assert (values.smallest, values.largest) == (2, values.autoscaling.max_replicas)
    lonely = render_with({"services": {"calendar": {"replicas": 5, "autoscaling": {**scaling, "minReplicas": 1}}}})
    assert not lonely.has("PodDisruptionBudget", "calendar")
