"""The facts of the deployment document: ports, tiers, needs, images, limits, health checks, variables."""

import pytest

from tests.rendering import ROOT, Rendered, render

PORTS = {
    "api-gateway": 3000,
    "notification-manager": 3001,
    "prompt-management": 3002,
    "secret-management": 3003,
    "usage-tracking": 3004,
    "embeddings": 3005,
    "ai-service": 3006,
    "planning": 3007,
    "execution": 3008,
    "mcp-server": 3009,
    "knowledge-base": 3010,
    "dashboard": 3011,
    "calendar": 3012,
    "messaging": 3013,
    "logging": 3014,
    "learning-development": 3015,
    "collaboration": 3016,
    "quality": 3017,
    "resource-management": 3018,
    "workflow": 3019,
    "observability": 3020,
}
MICROSERVICES = [name for name in PORTS if name != "api-gateway"]

# The arrows of the document's dependency graph between services.
EDGES = {
    "ai-service": ["secret-management"],
    "embeddings": ["secret-management"],
    "prompt-management": ["secret-management"],
    "mcp-server": ["ai-service"],
    "knowledge-base": ["embeddings", "mcp-server"],
    "planning": ["prompt-management", "knowledge-base"],
    "execution": ["planning"],
    "api-gateway": MICROSERVICES,
}

TIERS = ["infrastructure", "foundation", "ai", "planning", "productivity", "application"]


@pytest.fixture(name="castiel")
def _castiel() -> Rendered:
    return render("development")


@pytest.mark.parametrize(("name", "port"), PORTS.items())
def test_each_service_listens_on_its_port_of_the_table(castiel: Rendered, name: str, port: int) -> None:
    (service_port,) = castiel.get("Service", name)["spec"]["ports"]
    (container_port,) = castiel.container("Deployment", name)["ports"]
    assert service_port["port"] == container_port["containerPort"] == port
    assert service_port["targetPort"] == container_port["name"]


def test_there_are_these_services_and_no_others(castiel: Rendered) -> None:
    assert sorted(castiel.kinds("Deployment")) == sorted(PORTS)


@pytest.mark.parametrize(
    ("name", "port", "image", "path"),
    [
        ("postgres", 5432, "postgres:16", "/var/lib/postgresql/data"),
        ("rabbitmq", 5672, "rabbitmq:3-management", "/var/lib/rabbitmq"),
        ("redis", 6379, "redis:7-alpine", "/data"),
    ],
)
def test_each_data_service_has_its_image_port_and_volume(castiel: Rendered, name: str, port: int, image: str, path: str) -> None:
    container = castiel.container("StatefulSet", name)
    assert container["image"] == image
    assert [one["containerPort"] for one in container["ports"]] == [port]
    assert {"name": "data", "mountPath": path} in container["volumeMounts"]
    assert [claim["metadata"]["name"] for claim in castiel.get("StatefulSet", name)["spec"]["volumeClaimTemplates"]] == ["data"]


def test_the_database_is_castiel_and_its_user_coder(castiel: Rendered) -> None:
    variables = castiel.variables("StatefulSet", "postgres")
    assert variables["POSTGRES_DB"]["value"] == "castiel"
    assert variables["SERVICES_USER"]["value"] == "coder"


def test_the_tiers_stand_in_the_documents_order(castiel: Rendered) -> None:
    assert [tier.name for tier in castiel.platform.catalogue.tiers] == TIERS


@pytest.mark.parametrize(("name", "needs"), EDGES.items())
def test_each_arrow_of_the_dependency_graph_is_a_need(castiel: Rendered, name: str, needs: list[str]) -> None:
    assert set(needs) <= set(castiel.platform.service(name).needs)


@pytest.mark.parametrize("name", MICROSERVICES)
def test_every_microservice_needs_the_database_and_the_queue_and_above_the_foundation_the_secrets(
    castiel: Rendered, name: str
) -> None:
    service = castiel.platform.service(name)
    assert {"postgres", "rabbitmq"} <= set(service.needs)
    assert ("secret-management" in service.needs) == (service.tier != "foundation")


def test_only_the_gateway_needs_the_cache_and_is_public(castiel: Rendered) -> None:
    services = castiel.platform.catalogue.services
    assert [name for name, service in services.items() if "redis" in service.needs] == ["api-gateway"]
    assert [name for name, service in services.items() if service.public] == ["api-gateway"]


@pytest.mark.parametrize("name", PORTS)
def test_every_service_gets_the_documents_variables(castiel: Rendered, name: str) -> None:
    variables = castiel.variables("Deployment", name)
    password = {"valueFrom": {"secretKeyRef": {"name": "postgres-credentials", "key": "password"}}}
    assert variables["DB_PASSWORD"] == {"name": "DB_PASSWORD", **password}
    assert variables["DATABASE_URL"]["value"] == (
        "postgresql://coder:$(DB_PASSWORD)@postgres:5432/castiel?connection_limit=5&pool_timeout=10&connect_timeout=10"
    )
    assert variables["RABBITMQ_URL"]["value"] == "amqp://castiel:$(RABBITMQ_PASSWORD)@rabbitmq:5672"
    assert variables["PORT"]["value"] == str(PORTS[name])
    assert variables["SERVICE_NAME"]["value"] == name
    assert variables["NODE_ENV"]["value"] == "development"


@pytest.mark.parametrize("name", PORTS)
def test_every_service_gets_the_url_of_each_service_that_it_needs_and_no_other(castiel: Rendered, name: str) -> None:
    variables = castiel.variables("Deployment", name)
    needs = [need for need in castiel.platform.service(name).needs if need in PORTS]
    expected = {castiel.platform.catalogue.url_variable(need): f"http://{need}:{PORTS[need]}" for need in needs}
    found = {key: variable["value"] for key, variable in variables.items() if key.endswith("_SERVICE_URL")}
    assert found == expected


def test_the_url_variables_of_the_document_point_at_the_ports_of_its_table(castiel: Rendered) -> None:
    variables = castiel.variables("Deployment", "api-gateway")
    assert variables["SECRET_SERVICE_URL"]["value"] == "http://secret-management:3003"
    assert variables["AI_SERVICE_URL"]["value"] == "http://ai-service:3006"


def test_the_gateway_gets_the_cache_sign_in_and_public_addresses(castiel: Rendered) -> None:
    variables = castiel.variables("Deployment", "api-gateway")
    assert variables["REDIS_URL"]["value"] == "redis://:$(REDIS_PASSWORD)@redis:6379"
    assert variables["JWT_SECRET"]["valueFrom"]["secretKeyRef"] == {"name": "session-signing", "key": "JWT_SECRET"}
    for key in ("GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"):
        assert variables[key]["valueFrom"]["secretKeyRef"] == {"name": "google-sign-in", "key": key, "optional": True}
    assert variables["FRONTEND_URL"]["value"] == "http://localhost:3000"
    assert variables["GOOGLE_REDIRECT_URI"]["value"] == "http://localhost:3000/api/auth/google/callback"


def test_the_public_addresses_follow_the_public_host() -> None:
    variables = render("production").variables("Deployment", "api-gateway")
    assert variables["FRONTEND_URL"]["value"] == "https://castiel.example"
    assert variables["GOOGLE_REDIRECT_URI"]["value"] == "https://castiel.example/api/auth/google/callback"


@pytest.mark.parametrize("name", PORTS)
def test_production_has_the_documents_limits_reservations_and_node_environment(name: str) -> None:
    container = render("production").container("Deployment", name)
    amounts = {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "2", "memory": "2Gi"}}
    for kind, wanted in amounts.items():
        assert wanted.items() <= container["resources"][kind].items()
        assert set(container["resources"][kind]) == {*wanted, "ephemeral-storage"}, "of which the document says nothing"
    assert {"name": "NODE_ENV", "value": "production"} in container["env"]


def test_production_runs_at_least_three_of_the_ai_service_and_several_gateways() -> None:
    production = render("production")
    assert production.get("HorizontalPodAutoscaler", "ai-service")["spec"]["minReplicas"] == 3
    assert production.get("HorizontalPodAutoscaler", "api-gateway")["spec"]["minReplicas"] >= 2


def test_production_has_several_members_of_its_database_and_broker() -> None:
    production = render("production")
    for name in ("postgres", "rabbitmq"):
        assert production.get("StatefulSet", name)["spec"]["replicas"] == 3, name
        assert production.get("PodDisruptionBudget", name)["spec"]["maxUnavailable"] == 1, name


def test_production_backs_its_database_up_daily_and_tests_that_it_can_be_restored() -> None:
    production = render("production")
    for name in ("postgres-backup", "postgres-restore-test"):
        schedule = production.get("CronJob", name)["spec"]["schedule"]
        assert schedule.split()[2:] == ["*", "*", "*"], "each day"


@pytest.mark.parametrize("name", PORTS)
def test_health_checks_have_the_documents_rhythm_and_room_for_its_start_period(castiel: Rendered, name: str) -> None:
    container = castiel.container("Deployment", name)
    rhythm = {"periodSeconds": 30, "timeoutSeconds": 10, "failureThreshold": 3}
    assert container["livenessProbe"] == {"httpGet": {"path": "/health/live", "port": "http"}, **rhythm}
    assert container["readinessProbe"] == {"httpGet": {"path": "/health/ready", "port": "http"}, **rhythm}
    # Docker never restarts before 40 s and three failures 30 s apart.
    startup = container["startupProbe"]
    assert startup["periodSeconds"] == 1
    assert startup["periodSeconds"] * startup["failureThreshold"] >= 40 + 3 * 30


def test_the_pages_answer_each_item_of_the_documents_checklist() -> None:
    table = (ROOT / "docs" / "operations.md").read_text().partition("## Before production")[2]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if line.startswith("| ")]
    assert [item for item, *_ in rows if item] == [
        "Environment variables configured",
        "Secrets properly managed",
        "Database backups configured",
        "Monitoring and alerting setup",
        "Log aggregation configured",
        "Health checks implemented",
        "Graceful shutdown handling",
        "Resource limits set",
        "Network security configured",
        "SSL/TLS certificates configured",
    ]
    assert all(here for item, here, _ in rows if item)
