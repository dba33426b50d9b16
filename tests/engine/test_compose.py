"""Castiel's Compose file, as it is delivered, on a real engine: order, health, a loss, a part, and what is left at the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.guest_programs import PROGRAMS, WITHOUT_CONTRIB
from tests.engine.engine import Engine
from tests.engine.events import ENDED, HEALTHY, STARTED, first
from tests.rendering import CONFIG, ROOT
from tierwright import pipeline
from tierwright.blueprint import Described
from tierwright.cli import env

FOLDERS = {"castiel": CONFIG, **{name: ROOT / "examples" / name for name in PROGRAMS}}


class Project:
    """The files of a platform in a folder, and Compose in it."""

    def __init__(self, name: str, folder: Path, engine: Engine) -> None:
        self.name, self.folder, self.engine = name, folder, engine
        self.described: Described = pipeline.described(
            catalogue=FOLDERS[name] / "catalogue.yaml", own=FOLDERS[name] / "values.yaml", values=[self._without_contrib()]
        )
        for path, text in pipeline.compose(self.described).items():
            (folder / "dist" / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / "dist" / path).write_text(text)
        self.document: dict[str, Any] = yaml.safe_load((folder / "dist/compose/compose.yaml").read_text())
        assert env.run(["--out", str(folder / ".env"), "--from", str(folder / "dist/compose/.env.example")]) == 0
        services = self.document["services"]
        roles = {services[one]["image"]: program.environment(one) for one, program in PROGRAMS.get(name, {}).items()}
        engine.provide_images({one["image"] for one in services.values()}, environment=roles)

    def _without_contrib(self) -> Path:
        catalogue = yaml.safe_load((FOLDERS[self.name] / "catalogue.yaml").read_text())
        here = {name: values for name, values in WITHOUT_CONTRIB.items() if name in catalogue.get("dataServices", {})}
        overlay = self.folder / "here.yaml"
        overlay.write_text(yaml.safe_dump({"dataServices": here} if here else {}))
        return overlay

    def compose(self, *arguments: str, timeout: float = 180) -> str:
        return self.engine.compose(
            "--file", "dist/compose/compose.yaml", "--project-directory", ".", *arguments, folder=self.folder, timeout=timeout
        )

    def password(self, variable: str) -> str:
        lines = (self.folder / ".env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)[variable]

    def waits(self) -> Mapping[str, set[str]]:
        """What each workload waits for on a cluster, whatever the file says."""
        platform = self.described.platform
        names = (*platform.catalogue.data_services, *platform.catalogue.services)
        return {name: {wait.target for wait in platform.graph.waits(name)} for name in names}


@pytest.fixture(autouse=True)
def _emptied(engine: Engine) -> Iterator[None]:
    """A test that fails leaves nothing to the next."""
    yield
    engine.empty()


@pytest.fixture
def castiel(engine: Engine, tmp_path: Path) -> Project:
    return Project("castiel", tmp_path, engine)


def test_castiel_starts_in_order_keeps_its_rows_and_leaves_nothing(castiel: Project) -> None:
    engine = castiel.engine
    castiel.compose("up", "--detach", "--wait", "--quiet-pull")
    containers = engine.containers("castiel")
    assert len(containers) == 24
    states = {one.service: (one.status, one.health, one.restarts) for one in containers}
    assert states == dict.fromkeys(castiel.document["services"], ("running", "healthy", 0))

    events = engine.events("castiel")
    started, healthy = first(events, STARTED), first(events, HEALTHY)
    early = [(name, other) for name, others in castiel.waits().items() for other in others if started[name] < healthy[other]]
    assert not early
    assert not first(events, ENDED)
    assert max(healthy.values()) - min(started.values()) < 2 * critical_path(castiel, started, healthy)

    query = (
        "exec",
        "--no-TTY",
        "postgres",
        "sh",
        "-c",
        'PGPASSWORD=$SERVICES_PASSWORD psql -h 127.0.0.1 -U "$SERVICES_USER" -qtA castiel',
    )
    ask(castiel, query, "CREATE TABLE kept (word text); INSERT INTO kept VALUES ('here')")
    before = engine.container("castiel", "postgres")
    castiel.compose("kill", "--signal", "SIGKILL", "postgres")
    castiel.compose("up", "--detach", "--wait", "--quiet-pull")
    after = engine.container("castiel", "postgres")
    assert (after.status, after.health) == ("running", "healthy")
    assert after.started is not None
    assert before.started is not None
    assert after.started > before.started
    assert ask(castiel, query, "SELECT word FROM kept") == "here"

    castiel.compose("down", "--volumes")
    assert engine.objects() == []


def ask(project: Project, command: tuple[str, ...], sql: str) -> str:
    return project.compose(*command[:-1], f'{command[-1]} -c "{sql}"').strip()


def critical_path(project: Project, started: Mapping[str, float], healthy: Mapping[str, float]) -> float:
    """Seconds: the longest chain of starts, each as long as it took here by itself."""
    waits, longest = project.waits(), dict[str, float]()
    for name in sorted(healthy, key=healthy.__getitem__):
        before = max((longest[other] for other in waits[name]), default=0.0)
        longest[name] = before + healthy[name] - started[name]
    return max(longest.values())


def test_a_profile_starts_exactly_its_part(castiel: Project) -> None:
    castiel.compose("--profile", "secret-management", "up", "--detach", "--wait", "--quiet-pull")
    running = {one.service for one in castiel.engine.containers("castiel") if one.status == "running"}
    assert running == {"postgres", "rabbitmq", "secret-management"}


@pytest.mark.parametrize("name", FOLDERS)
def test_compose_reads_the_same_graph(name: str, engine: Engine, tmp_path: Path) -> None:
    project = Project(name, tmp_path, engine)
    read = yaml.safe_load(project.compose("config", "--format", "json"))
    graph = project.described.platform.graph
    for service in project.described.platform.catalogue.services:
        waits = read["services"][service].get("depends_on", {})
        around = {name for name, entry in waits.items() if entry["condition"] == "service_completed_successfully"}
        targets = {name.removesuffix("-prober") for name in waits.keys() - around}
        assert targets == {wait.target for wait in graph.waits(service)}


def test_an_image_is_built_from_the_folder_of_the_document(castiel: Project) -> None:
    context = castiel.folder / "containers" / "calendar"
    context.mkdir(parents=True)
    (context / "Dockerfile").write_text('FROM busybox:1.37.0\nCMD ["true"]\n')
    castiel.compose("build", "calendar")
    image = castiel.document["services"]["calendar"]["image"]
    try:
        assert castiel.engine.docker("image", "inspect", "--format", "{{.Config.Cmd}}", image) == "[true]\n"
    finally:
        castiel.engine.provide_images([image])


@pytest.mark.parametrize("name", PROGRAMS)
def test_another_platform_starts_with_what_is_around_it(name: str, engine: Engine, tmp_path: Path) -> None:
    project = Project(name, tmp_path, engine)
    project.compose("up", "--detach", "--wait", "--quiet-pull")
    containers = {one.service: one for one in engine.containers(name)}
    running = {service for service, one in containers.items() if (one.status, one.restarts) == ("running", 0)}
    ended = {service for service, one in containers.items() if (one.status, one.exit_code) == ("exited", 0)}
    services = project.described.platform.catalogue.services
    assert {*services, *project.described.platform.catalogue.data_services} <= running
    assert running | ended == set(project.document["services"])
    assert {one.health for one in containers.values()} <= {"", "healthy"}
    project.compose("down", "--volumes")
    assert engine.objects() == []
