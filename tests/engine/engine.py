"""The engine as a context manager."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType

from tests.cluster import images, machine, tools
from tests.cluster.network import Namespace
from tests.cluster.ownership import Ownership
from tests.cluster.paths import run_folder
from tests.cluster.programs import Programs
from tests.cluster.remains import clear, left, make_folder
from tests.cluster.signals import uninterrupted
from tests.cluster.waiting import wait_for
from tests.engine import programs
from tests.engine.containers import Container, described
from tests.engine.events import Event, events_in

_PROJECT = ("com.docker.compose.project", "com.docker.stack.namespace")
"""The labels that Compose and Swarm give to what belongs to a project."""

# In a mount namespace of its own it has these folders to itself: it keeps things there that no setting moves.
_ALONE = """
for folder in /etc/docker /run/docker /run/containerd /var/lib/docker; do
  mkdir -p "$folder"
  mount -t tmpfs engine "$folder"
done
exec "$@"
"""
_OWN_NETWORKS = frozenset({"bridge", "host", "none", "docker_gwbridge", "ingress"})


class Engine:
    """A Docker engine: ``with Engine() as engine: engine.docker("version")``.

    Everything lives in a network namespace of its own, without a way out, and ends with the block: after an exception,
    Ctrl-C and SIGTERM too. What a killed run left is cleaned up by the next engine of the same name. Entering takes some
    seconds once the tools are built; it raises RuntimeError when an engine of that name is in use or the machine lacks
    something, and TimeoutError with the log of what did not start.
    """

    def __init__(
        self,
        name: str = "castiel-engine",
        *,
        progress: Callable[[str], None] = lambda line: print(line, file=sys.stderr, flush=True),
    ) -> None:
        self.name = name
        self.folder = run_folder(name)
        self.namespace = Namespace(name)
        self.programs = Programs(namespace=self.namespace, logs=self.folder / "logs")
        self._progress = progress
        self._ownership = Ownership("an engine", self.folder)
        self._loaded: set[str] = set()
        self._marks = itertools.count()
        self._forgotten = 0

    def __enter__(self) -> Engine:
        if lacks := machine.missing("the engine"):
            raise RuntimeError("; ".join(lacks))
        machine.install_packages(self._progress)
        tools.build(self._progress)
        self._ownership.take()
        try:
            self._clear()
            self._start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, traceback: TracebackType | None) -> None:
        self._end()

    def _start(self) -> None:
        make_folder(self.folder)
        self.programs.logs.mkdir()
        self.namespace.make()
        plugins = self._client / "cli-plugins"
        plugins.mkdir(parents=True)
        (plugins / "docker-compose").symlink_to(programs.compose())
        self._start_engine()
        self.programs.start("events", *self._recording(), program=tools.tool("docker"))

    def _start_engine(self) -> None:
        settings = self.folder / "dockerd.json"
        settings.write_text(json.dumps(self._settings()))
        engine = (tools.tool("dockerd"), "--config-file", settings)
        self.programs.start("dockerd", "--mount", "sh", "-ec", _ALONE, "sh", *engine, program=Path("unshare"))
        wait_for("the engine", lambda: self.docker("version"), timeout=60, explain=lambda: self.programs.log_end("dockerd"))

    def _settings(self) -> dict[str, object]:
        return {
            "hosts": [self._address],
            "data-root": str(self.folder / "data"),
            "exec-root": str(self.folder / "exec"),
            "pidfile": str(self.folder / "dockerd.pid"),
            "cgroup-parent": f"/{self.name}",  # by which the containers that a killed run left are found
            "exec-opts": ["native.cgroupdriver=cgroupfs"],
            "init-path": str(programs.init()),
            "userland-proxy": False,
            "features": {"time-namespaces": False},  # Debian's runc does not know them
        }

    def _recording(self) -> list[str]:
        kept = [f"--filter=event={event}" for event in ("start", "die", "health_status", "create", "destroy")]
        return ["--host", self._address, "events", "--format=json", "--filter=type=container", "--filter=type=volume", *kept]

    def _end(self) -> None:
        try:
            with uninterrupted():
                self.programs.kill()
                self._clear()
        finally:
            self._ownership.give_back()
            self._loaded.clear()

    def _clear(self) -> None:
        clear(name=self.name, folder=self.folder, namespaces=[self.namespace])

    def remains(self) -> list[str]:
        """What of the engine is still there on the machine, in words."""
        return left(name=self.name, folder=self.folder, namespaces=[self.namespace])

    @property
    def _address(self) -> str:
        return f"unix://{self.folder / 'docker.sock'}"

    @property
    def _client(self) -> Path:
        """The client's own folder: what a developer has set for theirs is without effect."""
        return self.folder / "client"

    @property
    def variables(self) -> dict[str, str]:
        """The variables of programs that call the client: where it is, and where the engine is."""
        path = f"{tools.tool('docker').parent}:{os.environ['PATH']}"
        return {"DOCKER_HOST": self._address, "DOCKER_CONFIG": str(self._client), "HOME": str(self._client), "PATH": path}

    def attempt(
        self,
        *arguments: str | Path,
        folder: Path | None = None,
        stdin: str | None = None,
        environment: Mapping[str, str] | None = None,
        timeout: float = 60,
    ) -> subprocess.CompletedProcess[str]:
        """Run the client, whatever its exit code, in ``folder`` and with no variables but ``environment`` and its own.

        Raises TimeoutError with what it had said when it has not ended after ``timeout`` seconds.
        """
        command = [str(tools.tool("docker")), *map(str, arguments)]
        try:
            return subprocess.run(
                command,
                cwd=folder or self.folder,
                env={**self.variables, **(environment or {})},
                input="" if stdin is None else stdin,
                timeout=timeout,
                check=False,
                capture_output=True,
                text=True,
            )
        except subprocess.TimeoutExpired as late:
            said = "".join(part.decode(errors="replace") for part in (late.stdout, late.stderr) if isinstance(part, bytes))
            words = f"docker {' '.join(map(str, arguments))} has not ended after {timeout} s:\n{said}"
            raise TimeoutError(words) from None

    def docker(
        self,
        *arguments: str | Path,
        folder: Path | None = None,
        stdin: str | None = None,
        environment: Mapping[str, str] | None = None,
        timeout: float = 60,
    ) -> str:
        """What the client writes to its standard output. Raises RuntimeError with all that it said when it fails."""
        done = self.attempt(*arguments, folder=folder, stdin=stdin, environment=environment, timeout=timeout)
        if done.returncode != 0:
            raise RuntimeError(f"docker {' '.join(map(str, arguments))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def compose(
        self,
        *arguments: str | Path,
        folder: Path,
        environment: Mapping[str, str] | None = None,
        timeout: float = 120,
    ) -> str:
        """What Docker Compose writes to its standard output, run in ``folder``.

        Raises RuntimeError with all that it said when it fails, or TimeoutError; both with what the containers say.
        """
        try:
            return self.docker("compose", *arguments, folder=folder, environment=environment, timeout=timeout)
        except (RuntimeError, TimeoutError) as problem:
            problem.add_note(self.explain())
            raise

    def explain(self) -> str:
        """What a reader of a failure wants to see first: the containers, the logs of those that are not well."""
        words = [self.attempt("ps", "--all", "--format", "table {{.Names}}\t{{.Status}}").stdout]
        for container in self.containers():
            if container.status != "running" or container.health not in {"", "healthy"}:
                logs = self.attempt("logs", "--tail=15", container.identity)
                words.append(f"{container.name}:\n{logs.stdout}{logs.stderr}")
        words.append(self.programs.log_end("dockerd", lines=5))
        return "\n".join(words)

    def provide_images(
        self, names: Iterable[str], *, environment: Mapping[str, Mapping[str, str]] | None = None, with_curl: bool = True
    ) -> None:
        """Load what stands in for these images, under exactly these names.

        ``environment`` adds variables to single images: ``{"castiel/embeddings:1.0": {"HOLD": "1"}}``. The services' have
        curl, by which health checks in a container ask, or with ``with_curl=False`` nothing but one program. Raises
        ValueError for a name that nothing stands in for.
        """
        for name in sorted(set(names)):
            archive, inner = images.archive_of(name, (environment or {}).get(name), with_curl=with_curl)
            if inner not in self._loaded:
                self.docker("load", "--quiet", "--input", archive, timeout=120)
                self._loaded.add(inner)
            self.docker("tag", inner, name)

    def containers(self, project: str | None = None) -> list[Container]:
        """The containers of a project of Compose or a stack of Swarm, those that have ended too; without one, all."""
        identities = set()
        for which in [[]] if project is None else [["--filter", f"label={label}={project}"] for label in _PROJECT]:
            identities.update(self.docker("ps", "--all", "--quiet", "--no-trunc", *which).split())
        return list(described(self.docker("inspect", *sorted(identities)))) if identities else []

    def container(self, project: str, service: str) -> Container:
        """The only container of a service. Raises ValueError when it has none, or several."""
        (only,) = (one for one in self.containers(project) if one.service == service)
        return only

    def events(self, project: str) -> list[Event]:
        """What has happened to the containers of a project since ``empty``, until now, in the order of time."""
        return sorted(event for event in events_in(self._event_lines()[self._forgotten :]) if event.project == project)

    def _event_lines(self) -> list[str]:
        mark = f"mark-{next(self._marks)}"
        self.docker("volume", "create", mark)
        self.docker("volume", "rm", mark)
        log = self.programs.logs / "events.log"
        wait_for("the events until now", lambda: f'"ID":"{mark}"' in log.read_text(), timeout=10)
        return log.read_text().splitlines()

    def objects(self) -> list[str]:
        """All containers, networks and volumes, and what Swarm keeps, in words; but for the engine's own networks."""
        found = [f"container {container.name}" for container in self.containers()]
        kinds = ["volume", "network"]
        if self._is_swarm():
            kinds += ["service", "secret", "config"]
        for kind in kinds:
            names = self.docker(kind, "ls", "--format", "{{.Name}}").split()
            found += [f"{kind} {name}" for name in names if kind != "network" or name not in _OWN_NETWORKS]
        return sorted(found)

    @contextlib.contextmanager
    def swarm(self) -> Iterator[None]:
        """The engine as the only node of a swarm."""
        self.docker("swarm", "init", "--advertise-addr", "127.0.0.1")
        try:
            yield
        finally:
            self.docker("swarm", "leave", "--force")

    def tasks(self, stack: str) -> str:
        """How the tasks of a stack went, and why some could not, in the words of the client."""
        shown = "table {{.Name}}\t{{.Image}}\t{{.CurrentState}}\t{{.Error}}"
        return self.docker("stack", "ps", "--no-trunc", "--format", shown, stack)

    def _is_swarm(self) -> bool:
        return self.docker("info", "--format", "{{.Swarm.ControlAvailable}}") == "true\n"

    def remove_stack(self, name: str, *, timeout: float = 60) -> None:
        """``docker stack rm``, and wait until all of it is gone: it returns before it has ended."""
        self.docker("stack", "rm", name)
        wait_for(f"the end of the stack {name}", lambda: not self._of_stack(name), timeout=timeout)

    def _of_stack(self, name: str) -> list[str]:
        which = ("--filter", f"label=com.docker.stack.namespace={name}", "--format", "{{.ID}}")
        kinds = (("ps", "--all"), ("network", "ls"), ("service", "ls"), ("secret", "ls"), ("config", "ls"))
        return [identity for kind in kinds for identity in self.docker(*kind, *which).split()]

    def empty(self) -> None:
        """Remove all that ``objects`` lists, whoever made it, and forget its events: projects of one name follow each other."""
        if self._is_swarm():
            for stack in self.docker("stack", "ls", "--format", "{{.Name}}").split():
                self.remove_stack(stack)
        if containers := [container.identity for container in self.containers()]:
            self.docker("rm", "--force", "--volumes", *containers)
        self.docker("network", "prune", "--force")
        self.docker("volume", "prune", "--all", "--force")
        self._forgotten = len(self._event_lines())

    def clean_up(self) -> None:
        """End what a killed run of this name left. Raises RuntimeError when the engine is in use."""
        self._ownership.take()
        self._end()
