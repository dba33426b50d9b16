"""The Compose file: the same platform as the manifests, in the words of an engine without pods."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.documents import load
from tests.rendering import CONFIG, ROOT
from tierwright import pipeline
from tierwright.blueprint import Described
from tierwright.outputs.provenance import marked

GUESTS = ("langfuse", "online-boutique", "opentelemetry-demo")


@cache
def platform(name: str) -> Described:
    if name == "castiel":
        return pipeline.described(catalogue=CONFIG / "catalogue.yaml", own=CONFIG / "values.yaml")
    folder = ROOT / "examples" / name
    return pipeline.described(catalogue=folder / "catalogue.yaml", own=folder / "values.yaml")


@cache
def files(name: str) -> dict[str, str]:
    return dict(pipeline.compose(platform(name)))


@cache
def compose(name: str) -> dict[str, Any]:
    document: dict[str, Any] = load(files(name)["compose/compose.yaml"])
    return document


def service(name: str, *, of: str = "castiel") -> dict[str, Any]:
    found: dict[str, Any] = compose(of)["services"][name]
    return found


def test_castiels_files_are_what_was_last_read_and_accepted() -> None:
    for path, text in files("castiel").items():
        assert marked(path, text) == (ROOT / "dist" / path).read_text(), "run `make snapshots` and read the diff"


def test_castiel_has_its_24_services_and_nothing_around_them() -> None:
    catalogue = platform("castiel").platform.catalogue
    assert set(compose("castiel")["services"]) == {*catalogue.services, *catalogue.data_services}


@pytest.mark.parametrize("name", ["castiel", *GUESTS])
def test_a_container_waits_for_exactly_what_the_gates_of_its_pods_wait_for(name: str) -> None:
    graph = platform(name).platform.graph
    for one in platform(name).platform.catalogue.services:
        waits = service(one, of=name).get("depends_on", {})
        awaited = {target.removesuffix("-prober"): entry.get("required", True) for target, entry in waits.items()}
        around = {target for target, entry in waits.items() if entry["condition"] == "service_completed_successfully"}
        assert {target: needed for target, needed in awaited.items() if target not in around} == {
            wait.target: wait.needed for wait in graph.waits(one)
        }


def test_health_is_asked_as_the_document_writes_it_but_at_once_and_on_the_readiness_path() -> None:
    assert service("api-gateway")["healthcheck"] == {
        "test": ["CMD", "curl", "-fsS", "-o", "/dev/null", "http://localhost:3000/health/ready"],
        "interval": "30s",
        "timeout": "10s",
        "retries": 3,
        "start_period": "40s",
        "start_interval": "1s",  # an edge of the graph costs the whole interval without it
    }


def test_what_the_platforms_images_have_is_not_expected_of_images_from_elsewhere() -> None:
    """The demonstration runs busybox, which has no curl."""
    demo = pipeline.described(
        catalogue=CONFIG / "catalogue.yaml", own=CONFIG / "values.yaml", values=[CONFIG / "environments" / "demo.yaml"]
    )
    made = load(pipeline.compose(demo)["compose/compose.yaml"])["services"]
    for name in platform("castiel").platform.catalogue.services:
        assert "healthcheck" not in made[name]
        assert "build" not in made[name]
        port = made[name]["environment"]["PORT"]
        assert made[f"{name}-prober"]["healthcheck"]["test"] == [
            *("CMD", "sh", "-c"),
            f"curl -fsS -o /dev/null http://{name}:{port}/health/ready",
        ]


@pytest.mark.parametrize(
    ("of_store", "of_web", "asks"),
    [
        ("", "", {"store": "curl", "web": "curl"}),  # both run the platform's own image
        ("healthTool: wget", "", {"store": "wget", "web": "wget"}),
        ("", "healthTool: wget", {"store": "curl", "web": "wget"}),
    ],
)
def test_the_tool_of_a_service_is_in_its_image_whoever_runs_that(
    tmp_path: Path, of_store: str, of_web: str, asks: dict[str, str]
) -> None:
    (tmp_path / "catalogue.yaml").write_text(
        f"{{name: shop, tiers: [{{name: app}}], compose: {{healthTool: curl}}, services: {{store: {{tier: app, port: 80, compose:"
        f" {{{of_store}}}}}, web: {{tier: app, port: 81, image: {{of: store}}, compose: {{{of_web}}}}}}}}}"
    )
    made = pipeline.compose(pipeline.described(catalogue=tmp_path / "catalogue.yaml"))
    found = load(made["compose/compose.yaml"])["services"]
    assert {name: one["healthcheck"]["test"][1] for name, one in found.items()} == asks


def test_images_of_the_platform_are_built_where_the_document_says() -> None:
    assert service("api-gateway")["build"] == "./server"
    assert service("ai-service")["build"] == "./containers/ai-service"
    assert service("ai-service")["develop"] == {"watch": [{"action": "rebuild", "path": "./containers/ai-service"}]}
    assert "build" not in service("postgres")


def test_the_gateway_is_also_called_as_in_the_document_and_is_published_on_loopback_alone() -> None:
    assert service("api-gateway")["networks"] == {"coder-network": {"aliases": ["main-app"]}}
    published = {name: one["ports"] for name, one in compose("castiel")["services"].items() if "ports" in one}
    assert published == {"api-gateway": ["127.0.0.1:3000:3000"]}


def test_passwords_come_from_variables_that_must_be_set() -> None:
    place = "${DB_PASSWORD:?run tierwright env}"
    assert service("planning")["environment"]["DB_PASSWORD"] == place
    assert service("planning")["environment"]["DATABASE_URL"].startswith(f"postgresql://coder:{place}@postgres:5432/castiel")


def test_a_secret_that_somebody_issues_is_to_be_filled_in(tmp_path: Path) -> None:
    (tmp_path / "catalogue.yaml").write_text(
        "{name: shop, tiers: [{name: app}], secrets: {stripe: {source: provided, keys: [STRIPE_KEY], description: at Stripe}},"
        " services: {web: {tier: app, port: 80, secrets: [stripe]}}}"
    )
    made = pipeline.compose(pipeline.described(catalogue=tmp_path / "catalogue.yaml"))
    environment = load(made["compose/compose.yaml"])["services"]["web"]["environment"]
    assert environment["STRIPE_KEY"] == "${STRIPE_KEY:?fill it in, in .env}"
    assert "\n\n# at Stripe\nSTRIPE_KEY=\n" in made["compose/.env.example"]


def test_a_secret_that_may_be_missing_is_no_variable_where_it_is_missing() -> None:
    assert service("api-gateway")["environment"]["GOOGLE_CLIENT_ID"] is None  # an empty text would switch sign-in on
    assert "#GOOGLE_CLIENT_ID=\n" in files("castiel")["compose/.env.example"]


def test_a_profile_starts_a_service_and_what_it_needs() -> None:
    started = {name for name, one in compose("castiel")["services"].items() if "ai-service" in one["profiles"]}
    assert started == {"ai-service", "secret-management", "postgres", "rabbitmq"}
    assert all("all" in one["profiles"] for one in compose("castiel")["services"].values())


def test_dollar_signs_of_scripts_are_no_variables_of_compose() -> None:
    script = service("postgres")["entrypoint"][2]
    assert '"$$PGDATA/PG_VERSION"' in script
    assert "$" not in script.replace("$$", "")


def test_without_services_a_program_is_reached_at_the_port_on_which_it_listens() -> None:
    checkout = service("checkoutservice", of="online-boutique")["environment"]
    assert checkout["EMAIL_SERVICE_ADDR"] == "emailservice:8080"
    assert service("frontend", of="online-boutique")["ports"] == ["127.0.0.1:80:8080"]


def test_the_end_of_what_runs_once_is_waited_for(tmp_path: Path) -> None:
    """`up --wait` takes what has ended for failed, unless another container waits for that."""
    (tmp_path / "catalogue.yaml").write_text(
        "{name: shop, tiers: [{name: app}], services: {web: {tier: app}, fill: {tier: app, run: once, needs: [web]}}}"
    )
    made = load(pipeline.compose(pipeline.described(catalogue=tmp_path / "catalogue.yaml"))["compose/compose.yaml"])
    assert made["services"].keys() == {"web", "fill", "fill-witness"}
    witness = made["services"]["fill-witness"]
    assert witness["depends_on"] == {"fill": {"condition": "service_completed_successfully"}}
    assert (witness["entrypoint"], witness["restart"]) == (["sleep", "infinity"], "unless-stopped")
    assert witness["profiles"] == made["services"]["fill"]["profiles"] == ["all", "fill"]


def test_a_folder_in_memory_belongs_to_the_user_of_the_program() -> None:
    """Where the image has the folder, its mode counts, and root would own it: nobody else could write to it."""
    assert service("redis")["user"] == "999:1000"
    assert service("redis")["tmpfs"] == [
        "/tmp:exec,mode=1777,uid=999,gid=1000,size=512m",  # noqa: S108 - a mount point
        "/run/redis:exec,mode=1777,uid=999,gid=1000,size=1m",
    ]


@pytest.mark.parametrize(
    ("security", "user", "owner"),
    [
        ("{user: ~, group: ~}", None, ""),
        ("{user: ~, group: 5}", None, ""),  # alone it would be taken for the user
        ("{user: 5, group: ~}", "5", ",uid=5"),
        ("{user: 5, group: 6}", "5:6", ",uid=5,gid=6"),
    ],
)
def test_a_user_is_told_with_its_group_and_a_group_never_alone(tmp_path: Path, security: str, user: str | None, owner: str) -> None:
    (tmp_path / "catalogue.yaml").write_text("{name: shop, tiers: [{name: app}], services: {web: {tier: app, port: 80}}}")
    (tmp_path / "values.yaml").write_text(f"defaults: {{security: {security}}}")
    platform = pipeline.described(catalogue=tmp_path / "catalogue.yaml", values=[tmp_path / "values.yaml"])
    web = load(pipeline.compose(platform)["compose/compose.yaml"])["services"]["web"]
    assert web.get("user") == user
    assert web["tmpfs"] == [f"/tmp:exec,mode=1777{owner},size=1g"]  # noqa: S108 - a mount point
