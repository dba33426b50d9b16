"""Startup gates: who waits for whom, and in which containers."""

import yaml

from tests.rendering import CONFIG, Rendered, render, render_with
from tests.test_seed import MICROSERVICES, PORTS, TIERS


def gates_of(rendered: Rendered, name: str) -> dict[str, list[str]]:
    """The arguments of each gate of a service, by the gate's name; how many gates follow is checked here and left out."""
    spec = rendered.get("Deployment", name)["spec"]["template"]["spec"]
    gates: dict[str, list[str]] = {container["name"]: list(container["args"]) for container in spec.get("initContainers", [])}
    for behind, arguments in enumerate(reversed(gates.values())):
        if behind:
            assert arguments[-2:] == ["--gates-behind", str(behind)], name
            del arguments[-2:]
    return gates


def targets_of(rendered: Rendered) -> dict[str, tuple[str, str, str]]:
    """The tier of everything that gates ask, its URL for those that need it, and that for the order, by its name."""
    lines = rendered.lines("startup-gate", "targets")
    return {name: (tier, url, listed) for tier, name, url, listed in map(str.split, lines)}


def waited_for(rendered: Rendered, name: str) -> set[str]:
    """All that the gates of a service wait for: what they name, and what is in the tiers that they name."""
    found: set[str] = set()
    for arguments in gates_of(rendered, name).values():
        needs, _, tier = " ".join(arguments).partition("--tier ")
        found |= {*needs.split(), *(one for one, (of, _, _) in targets_of(rendered).items() if of == tier)}
    return found


def test_a_pod_has_a_gate_for_each_tier_before_its_own_and_for_its_own_where_it_needs_something_there() -> None:
    gates = {name: list(gates_of(render(), name)) for name in PORTS}
    assert gates["secret-management"] == ["wait-for-infrastructure"]
    assert gates["ai-service"] == ["wait-for-infrastructure", "wait-for-foundation"]
    assert gates["mcp-server"] == ["wait-for-infrastructure", "wait-for-foundation", "wait-for-ai"]
    assert gates["planning"] == [f"wait-for-{tier}" for tier in TIERS[:4]]
    assert gates["calendar"] == [f"wait-for-{tier}" for tier in TIERS[:4]]
    assert gates["api-gateway"] == [f"wait-for-{tier}" for tier in TIERS[:5]]


def test_needs_come_before_what_only_the_tier_order_names() -> None:
    gates = gates_of(render(), "planning")
    assert gates["wait-for-infrastructure"] == ["postgres", "rabbitmq", "--tier", "infrastructure"]
    assert gates["wait-for-foundation"] == ["secret-management", "--tier", "foundation"]
    assert gates["wait-for-planning"] == ["knowledge-base"]


def test_gates_wait_for_exactly_what_the_graph_says() -> None:
    for overlay in ({}, {"startup": {"order": "graph"}}):
        rendered = render_with(overlay)
        for name in PORTS:
            assert waited_for(rendered, name) == {wait.target for wait in rendered.platform.graph.waits(name)}, name


def test_every_target_is_asked_by_its_readiness() -> None:
    targets = targets_of(render())
    for name, port in PORTS.items():
        assert targets[name][1] == f"http://{name}:{port}/health/ready"
    assert {name: url for name, (tier, url, _) in targets.items() if tier == "infrastructure"} == {
        "postgres": "tcp://postgres:5432",
        "rabbitmq": "tcp://rabbitmq:5672",
        "redis": "tcp://redis:6379",
    }


def test_a_new_service_in_an_earlier_tier_changes_no_pod_of_the_later_ones() -> None:
    catalogue = yaml.safe_load((CONFIG / "catalogue.yaml").read_text())
    catalogue["services"]["newcomer"] = {"tier": "foundation", "port": 3999, "needs": ["postgres"]}
    assert render_with({}, catalogue=catalogue).get("Deployment", "calendar") == render().get("Deployment", "calendar")


def test_the_order_graph_waits_for_needs_alone() -> None:
    rendered = render_with({"startup": {"order": "graph"}})
    for name in PORTS:
        named = {target for targets in gates_of(rendered, name).values() for target in targets}
        assert named == set(rendered.platform.service(name).needs)
    assert list(gates_of(rendered, "calendar")) == ["wait-for-infrastructure", "wait-for-foundation"]


def test_the_gateway_waits_for_everything() -> None:
    named = [target for targets in gates_of(render(), "api-gateway").values() for target in targets]
    assert set(MICROSERVICES) <= set(named)


def test_an_external_data_service_is_gated_at_its_own_address() -> None:
    external = {"topology": "external", "external": {"host": "db.example", "port": 6432, "tls": False, "cidrs": ["10.9.0.0/24"]}}
    rendered = render_with({"postgres": external})
    assert targets_of(rendered)["postgres"] == ("infrastructure", "tcp://db.example:6432", "tcp://db.example:6432")
    assert not rendered.has("Service", "postgres-ready")


def test_for_the_order_of_the_tiers_a_name_is_asked_that_has_an_address_while_a_pod_is_ready() -> None:
    rendered = render()
    listed = {name: url for name, (_, _, url) in targets_of(rendered).items()}
    assert listed == {name: f"dns://{name}-ready" for name in (*PORTS, "postgres", "rabbitmq", "redis")}
    for name in listed:
        if name == "api-gateway":  # of the last tier; nobody waits for it
            assert not rendered.has("Service", f"{name}-ready")
            continue
        spec = rendered.get("Service", f"{name}-ready")["spec"]
        assert spec == {"type": "ClusterIP", "clusterIP": "None", "selector": {"app.kubernetes.io/name": name}}


def test_where_only_needs_are_waited_for_no_such_names_are_made() -> None:
    names = render_with({"startup": {"order": "graph"}}).kinds("Service")
    assert [name for name in names if name.endswith("-ready")] == []


def test_a_disabled_service_has_no_such_name_either() -> None:
    rendered = render_with({"services": {"learning-development": {"enabled": False}}})
    assert not rendered.has("Service", "learning-development-ready")
    assert "learning-development" not in targets_of(rendered)


def test_sync_waves_are_the_levels_of_the_graph_of_waits() -> None:
    def waves(rendered: Rendered) -> dict[str, str]:
        return {
            name: one["metadata"].get("annotations", {}).get("argocd.argoproj.io/sync-wave", "0")
            for name, one in rendered.kinds("Deployment", "StatefulSet").items()
        }

    for overlay in ({}, {"startup": {"order": "graph"}}):
        rendered = render_with(overlay)
        found = {name: int(wave) for name, wave in waves(rendered).items()}
        for name in PORTS:
            waits = [wait.target for wait in rendered.platform.graph.waits(name)]
            assert found[name] == 1 + max(found[target] for target in waits), name
    assert waves(render())["api-gateway"] == "8"
    assert waves(render_with({"startup": {"order": "graph"}}))["api-gateway"] == "7"


def test_everything_of_a_service_shares_its_wave_so_that_nothing_is_there_without_it() -> None:
    production = render("production")
    for (kind, name), one in production.objects.items():
        if name in PORTS and kind != "ExternalSecret":
            annotations: dict[str, str] = one["metadata"]["annotations"]
            assert annotations["argocd.argoproj.io/sync-wave"] == str(production.platform.graph.levels[name]), f"{kind}/{name}"


def test_settings_of_the_gates_restart_no_pod() -> None:
    patient = render_with({"startup": {"tierPatience": 900, "pollSeconds": 3}})
    assert patient.get("ConfigMap", "startup-gate")["data"]["settings"] == "POLL_SECONDS=3\nTIER_PATIENCE=900\n"
    assert patient.kinds("Deployment") == render().kinds("Deployment")


def test_gates_ask_for_very_little_and_a_limit_range_lets_them() -> None:
    for name in PORTS:
        for container in render().get("Deployment", name)["spec"]["template"]["spec"]["initContainers"]:
            assert container["resources"]["requests"] == {"cpu": "5m", "memory": "8Mi", "ephemeral-storage": "8Mi"}
    (limits,) = render().get("LimitRange", "limits")["spec"]["limits"]
    assert limits["min"] == {"cpu": "1m", "memory": "4Mi"}


def test_what_is_ready_last_is_asked_last_by_the_last_gate() -> None:
    for overlay in ({}, {"startup": {"order": "graph"}}):
        rendered = render_with(overlay)
        levels = rendered.platform.graph.levels
        for name in PORTS:
            needs = [" ".join(arguments).partition("--tier")[0].split() for arguments in gates_of(rendered, name).values()]
            latest = [max(levels[need] for need in gate) for gate in needs if gate]
            assert latest == sorted(latest), name
    assert list(gates_of(render_with({"startup": {"order": "graph"}}), "api-gateway"))[-1] == "wait-for-planning"
