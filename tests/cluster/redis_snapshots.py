"""Real Redis and rclone, of Debian, and what takes, stores and restores snapshots with them outside of any pod."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.cluster.images.packages import debian_packages
from tests.cluster.waiting import wait_for
from tests.rendering import Rendered, render_catalogue

SERVICES, ADMINISTRATOR = "the services' word", "the administrator's word"
PASSPHRASE = "the passphrase of 'all'"  # noqa: S105 - of a test


def unpack(folder: Path) -> Path:
    """Unpack both programs below this folder, and give the folder that they are in."""
    for package in debian_packages("redis-server", "redis-tools", "rclone"):
        subprocess.run(["dpkg-deb", "--extract", package, folder], check=True)
    return folder / "usr" / "bin"


@dataclass
class Snapshots:
    """The snapshots of a Redis whose servers listen on `port` of 127.0.0.1, .2, and so on; all is below `folder`.

    `programs` is the folder of the programs, `backup` are the values of the backup, and `secrets` what pods get from Secrets.
    """

    folder: Path
    programs: Path
    port: int
    backup: Mapping[str, Any]
    topology: str = "single"
    secrets: Mapping[str, str] = field(default_factory=dict)
    authority: Path = Path()
    servers: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.folder / "repository").mkdir(parents=True)

    @cached_property
    def rendered(self) -> Rendered:
        """The manifests."""
        return self._render(self.topology, self.backup)

    @property
    def stored(self) -> list[str]:
        """The names of the snapshots on the volume, complete or not."""
        return sorted(path.name for path in (self.folder / "repository" / "shop" / "redis").glob("*"))

    def data(self, number: int = 0) -> Path:
        """The volume of a server."""
        return self.folder / f"data-{number}"

    def start(self, number: int = 0, *lines: str) -> None:
        """Start a server as the single one is started, with further lines in its configuration; wait until it answers."""
        single, host = self._render("single", {}), f"127.0.0.{number + 1}"
        for folder in (self.data(number), self.folder / f"run-{number}", self.folder / f"etc-{number}"):
            folder.mkdir(exist_ok=True)
        config = single.get("ConfigMap", "redis-config")["data"]["redis.conf"]
        further = [*lines, f"bind {host}", "repl-diskless-sync-delay 0"]
        (self.folder / f"etc-{number}" / "redis.conf").write_text(self._placed(config, number) + "\n".join(further) + "\n")
        given = {"MEMORY_LIMIT": "100000000", "ADMINISTRATOR_PASSWORD": ADMINISTRATOR}
        with (self.folder / f"log-{number}").open("ab") as log:
            self.servers[number] = subprocess.Popen(
                self._command(single.container("StatefulSet", "redis"), number),
                env=self._variables(single.variables("StatefulSet", "redis")) | given | {"REDISCLI_AUTH": SERVICES},
                stdout=log,
                stderr=log,
            )
        log_file = self.folder / f"log-{number}"
        wait_for("the server", lambda: self.ask("ping", number=number) == "PONG", timeout=30, explain=log_file.read_text)

    def stop(self) -> None:
        """Tell the servers to end, as the kubelet does."""
        for server in self.servers.values():
            server.terminate()
        for server in self.servers.values():
            server.wait(timeout=30)
        self.servers.clear()

    def ask(self, *command: str, number: int = 0) -> str:
        """What a server answers to the administrator."""
        ask = [str(self.programs / "redis-cli"), "--user", "administrator", "-h", f"127.0.0.{number + 1}", "-p", str(self.port)]
        env = self._variables({}) | {"REDISCLI_AUTH": ADMINISTRATOR}
        return subprocess.run([*ask, *command], check=False, capture_output=True, text=True, env=env, timeout=30).stdout.strip()

    def back_up(self) -> subprocess.CompletedProcess[str]:
        """Run the Job that takes a snapshot and stores it."""
        return self._run(self.rendered, "CronJob", "redis-backup")

    def restore(self, snapshot: str, number: int = 0) -> subprocess.CompletedProcess[str]:
        """Run the Job that puts a snapshot onto the volume of a server, which has been stopped."""
        rendered = self._render(self.topology, {**self.backup, "restore": {"snapshot": snapshot}})
        (name,) = (name for kind, name in rendered.objects if kind == "Job" and name.startswith(f"redis-restore-{number}-"))
        return self._run(rendered, "Job", name, number)

    def _render(self, topology: str, backup: Mapping[str, Any]) -> Rendered:
        entry = {"tier": "data", "port": self.port, "urlVariable": "REDIS_URL", "clients": topology}
        catalogue: dict[str, Any] = {
            "name": "shop",
            "tiers": [{"name": "data"}, {"name": "app"}],
            "dataServices": {"redis": entry},
            "services": {"web": {"tier": "app", "port": 80, "targetPort": 8080, "needs": ["redis"]}},
        }
        return render_catalogue(catalogue, {"redis": {"topology": topology, "backup": {"enabled": bool(backup), **backup}}})

    def _run(self, rendered: Rendered, kind: str, name: str, number: int = 0) -> subprocess.CompletedProcess[str]:
        """Run the containers of a pod one after the other, with a /tmp of their own; the end of the last one that ran."""
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)
        (self.folder / "tmp").mkdir()
        scripts = self.folder / f"backup-{number}"
        scripts.mkdir(exist_ok=True)
        for script, text in rendered.get("ConfigMap", "redis-backup-config")["data"].items():
            (scripts / script).write_text(self._placed(text, number))
        said, pod = "", dict(rendered.pods())[f"{kind}/{name}"]["spec"]
        for container in (*pod["initContainers"], *pod["containers"]):
            variables = {one["name"]: one for one in container["env"]}
            done = subprocess.run(
                self._command(container, number),
                check=False,
                capture_output=True,
                text=True,
                env=self._variables(variables),
                cwd=self.folder,
                timeout=120,
            )
            said += done.stdout
            if done.returncode != 0:
                break
        return subprocess.CompletedProcess(name, done.returncode, said, done.stderr)

    def _command(self, container: Mapping[str, Any], number: int) -> Sequence[str]:
        return [self._placed(part, number) for part in container["command"]]

    def _variables(self, given: Mapping[str, Any]) -> dict[str, str]:
        """The variables of a container, those from Secrets among them, and the programs."""
        libraries = self.programs.parent / "lib" / "x86_64-linux-gnu"
        plain = {name: self._placed(str(one["value"])) for name, one in given.items() if "value" in one}
        secret = {"REDISCLI_AUTH": ADMINISTRATOR, "PASSPHRASE": PASSPHRASE, **self.secrets}
        if "RCLONE_CA_CERT" in plain:
            plain["RCLONE_CA_CERT"] = str(self.authority)
        if plain.get("HOST"):
            plain["HOST"] = "127.0.0.1"
        path = f"{self.programs}:{os.environ['PATH']}"
        own = {"PATH": path, "LD_LIBRARY_PATH": str(libraries), "NUMBER": plain.get("NUMBER", "0")}
        return {**plain, **own, **{name: secret[name] for name in given if name in secret}}

    def _placed(self, text: str, number: int = 0) -> str:
        """A text with the paths of the pods replaced by those below `folder`."""
        places = {"etc/backup": f"backup-{number}", "tmp": "tmp", "repository": "repository"}
        places |= {"data": f"data-{number}", "run/redis": f"run-{number}", "etc/redis": f"etc-{number}"}
        path = rf"(?<![-\w/])/({'|'.join(places)})(?=[/\s\"'&;)]|$)"
        return re.sub(path, lambda found: str(self.folder / places[found[1]]), text, flags=re.MULTILINE)
