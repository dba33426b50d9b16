"""Stacks of Swarm as their users deploy them: by the script beside them, with the variables of .env."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.waiting import wait_for
from tests.engine.containers import Container
from tests.engine.engine import Engine
from tests.processes import run
from tierwright import pipeline
from tierwright.blueprint import Described
from tierwright.outputs.provenance import write_files


class Stack:
    """The stack of a platform in a folder of its own, the project's. The machine has no IPVS, so it asks for addresses by DNS."""

    def __init__(self, engine: Engine, platform: Described, folder: Path) -> None:
        self.engine, self.folder = engine, folder
        self.name = platform.blueprint.name
        write_files(pipeline.files_of(platform, [pipeline.compose, pipeline.swarm]), folder / "dist")
        self.document: dict[str, Any] = yaml.safe_load((folder / "dist/swarm/stack.yaml").read_text())
        (folder / "here.yaml").write_text(yaml.safe_dump({"services": {name: self._here(name) for name in self.services}}))

    @property
    def services(self) -> Mapping[str, Any]:
        """The services of the stack, by name."""
        services: Mapping[str, Any] = self.document["services"]
        return services

    def _here(self, name: str) -> dict[str, Any]:
        """What the network of this machine cannot do otherwise, and what would take long for nothing."""
        ports = [one.split(":") for one in self.services[name].get("ports", [])]
        host = [{"published": int(here), "target": int(there), "mode": "host"} for here, there in ports]
        watched = {key: {"monitor": "3s"} for key in ("update_config", "rollback_config") if key in self.services[name]["deploy"]}
        return {"deploy": {"endpoint_mode": "dnsrr", **watched}, **({"ports": host} if host else {})}

    def label(self) -> None:
        """Make the only node the one that keeps the volumes."""
        (node,) = self.engine.docker("node", "ls", "--quiet").split()
        self.engine.docker("node", "update", "--label-add", f"{self.name}.data=true", node)

    def make_variables(self) -> None:
        """Make .env, as `tierwright env` does."""
        ended = run(self.folder, "env", code="from tierwright.__main__ import run; run()", cwd=self.folder)
        assert ended.code == 0, ended.err

    def deploy(self) -> subprocess.CompletedProcess[str]:
        """Run the script. All that it says is in the result, whatever its exit code."""
        options = ["--detach=true", "--resolve-image", "never", "--compose-file", "here.yaml"]
        command = ["sh", "dist/swarm/deploy.sh", *options]
        variables = self.engine.variables
        return subprocess.run(command, cwd=self.folder, env=variables, capture_output=True, text=True, timeout=60, check=False)

    def wait_until_ready(self, timeout: float) -> None:
        """Wait until each service has as many tasks as it asks for, all of them healthy."""
        wait_for(f"the stack {self.name}", lambda: not self.lacking(), timeout=timeout, interval=0.5, explain=self._explain)

    def _explain(self) -> str:
        return f"{self.engine.tasks(self.name)}\n{self.engine.explain()}"

    def lacking(self) -> list[str]:
        """The services with fewer tasks than they ask for."""
        listed = self.engine.docker("stack", "services", self.name, "--format", "json")
        services = [json.loads(line) for line in listed.splitlines()]
        return [one["Name"] for one in services if len(set(one["Replicas"].partition(" ")[0].split("/"))) > 1]

    def containers(self, service: str) -> list[Container]:
        """The containers of a service that run."""
        return [one for one in self.engine.containers(self.name) if one.service == service and one.status == "running"]

    def only_container(self, service: str) -> list[Container]:
        """The container of a service, where only one runs."""
        found = self.containers(service)
        return found if len(found) == 1 else []

    def status_of_update(self, service: str) -> str:
        """How far an update of a service is; empty before there was one."""
        (found,) = json.loads(self.engine.docker("service", "inspect", f"{self.name}_{service}"))
        return str(found.get("UpdateStatus", {}).get("State", ""))
