"""What backs a real PostgreSQL up outside of any pod: the scripts of the manifests, with the variables that their pods get."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.cluster.postgres_server import ADMINISTRATOR, NOBODY, SERVICES, Server
from tests.cluster.waiting import wait_for
from tests.rendering import Rendered, render_with

ON: dict[str, dict[str, Any]] = {
    "postgres": {
        "backup": {
            "enabled": True,
            "retention": 2,
            "restoreTest": {"assertions": {"orders": "SELECT count(*) > 0 FROM orders"}},
        },
        # Servers that are killed would leave the machine's shared memory behind.
        "config": {"fsync": "off", "dynamic_shared_memory_type": "mmap"},
    }
}
"""The values under which there are backups, one assertion among them."""

_ROOT: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


@cache
def _rendered(values: str) -> Rendered:
    """The manifests under these values, in JSON; rendered once for all tests."""
    return render_with(json.loads(values))


@dataclass
class Backups:
    """The archive of a server, below `folder`, and all that works on it."""

    server: Server
    folder: Path
    values: dict[str, dict[str, Any]] = field(default_factory=lambda: ON)
    scripts: str = "postgres-archive-config"
    _receiver: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        for name in ("archive", "backup", "copy", "received", "tmp", "assertions"):
            (self.folder / name).mkdir(parents=True)
        for name, text in self.rendered.get("ConfigMap", self.scripts)["data"].items():
            (self.folder / "backup" / name).write_text(self._placed(text))
        for name, text in self.rendered.get("ConfigMap", "postgres-restore-test-assertions")["data"].items():
            (self.folder / "assertions" / name).write_text(text)
        if os.geteuid() == 0:
            for path in [self.folder, *self.folder.rglob("*")]:
                os.chown(path, NOBODY, NOBODY)

    @property
    def rendered(self) -> Rendered:
        """The manifests."""
        return _rendered(json.dumps(self.values))

    @property
    def archives(self) -> list[str]:
        """The names of all archives, oldest first."""
        return sorted(path.name for path in (self.folder / "archive").iterdir() if path.name.isdigit())

    def bases(self, archive: str = "0001") -> list[Path]:
        """The complete base backups of an archive, oldest first."""
        return sorted(path for path in self.archive(archive, "base").iterdir() if not path.name.startswith("."))

    def archive(self, *below: str) -> Path:
        """A path on the archive's volume."""
        return self.folder.joinpath("archive", *below)

    @property
    def log(self) -> str:
        """What the receiver has said."""
        return (self.folder / "log").read_text()

    def receive(self) -> None:
        """Start the pod that receives WAL, and wait until it does."""
        self.start_receiver()
        wait_for("the receiver", (self.folder / "received" / "receiving").exists, timeout=30, explain=lambda: self.log)

    def start_receiver(self) -> subprocess.Popen[bytes]:
        """Start the pod that receives WAL."""
        return self.start_beside("StatefulSet", "postgres-archive")

    def start_beside(self, kind: str, name: str, container: str = "") -> subprocess.Popen[bytes]:
        """Start a container that runs as long as the server does."""
        with (self.folder / "log").open("ab") as log:
            self._receiver = subprocess.Popen(
                [self._placed(part) for part in self.rendered.container(kind, name, container)["command"]],
                env=self._variables(kind, name, container=container) | {"OWN_TMP": str(self.folder / "received")},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **_ROOT,
            )
        return self._receiver

    def stop_receiver(self) -> int:
        """Tell it to end, as the kubelet does; its exit code."""
        assert self._receiver is not None
        self._receiver.terminate()
        return self._receiver.wait(timeout=20)

    def back_up(self) -> subprocess.CompletedProcess[str]:
        """Run the Job of a base backup."""
        return self._run("CronJob", "postgres-backup")

    def test(self) -> subprocess.CompletedProcess[str]:
        """Run the Job of the restore test, on a fresh volume."""
        self._empty("copy")
        return self._run("CronJob", "postgres-restore-test")

    def restore(self, to: str) -> subprocess.CompletedProcess[str]:
        """Run the Job of a restore; server and receiver have been stopped."""
        own = self.values["postgres"]
        rendered = render_with({"postgres": {**own, "backup": {**own["backup"], "restore": {"to": to}}}})
        (name,) = (name for kind, name in rendered.objects if kind == "Job" and name.startswith("postgres-restore-"))
        return self._run("Job", name, rendered=rendered)

    def end(self) -> None:
        """End whatever is left."""
        if self._receiver is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._receiver.pid, signal.SIGKILL)
            self._receiver.wait()

    def _run(self, kind: str, name: str, *, rendered: Rendered | None = None) -> subprocess.CompletedProcess[str]:
        container = (rendered or self.rendered).container(kind, name)
        self._empty("tmp")
        with subprocess.Popen(
            [self._placed(part) for part in container["command"]],
            env=self._variables(kind, name, rendered) | {"OWN_TMP": str(self.folder / "tmp")},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **_ROOT,
        ) as job:
            try:
                said, errors = job.communicate(timeout=120)
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(job.pid, signal.SIGKILL)
        return subprocess.CompletedProcess(name, job.returncode, said, errors)

    def _empty(self, name: str) -> None:
        """Give the pod a folder of its own."""
        shutil.rmtree(self.folder / name)
        (self.folder / name).mkdir()
        if os.geteuid() == 0:
            os.chown(self.folder / name, NOBODY, NOBODY)

    def _variables(self, kind: str, name: str, rendered: Rendered | None = None, *, container: str = "") -> dict[str, str]:
        given = (rendered or self.rendered).variables(kind, name, container)
        plain = {key: str(one["value"]) for key, one in given.items() if "value" in one}
        passwords = {"PGPASSWORD": ADMINISTRATOR, "POSTGRES_PASSWORD": ADMINISTRATOR, "SERVICES_PASSWORD": SERVICES}
        own = {"PGHOST": str(self.server.folder), "PGDATA": self.server.variables["PGDATA"]}
        mine = {key: value for key, value in {**passwords, **own}.items() if key in given}
        return {"PATH": self.server.variables["PATH"], **plain, **mine}

    def _placed(self, text: str) -> str:
        """A script with the paths of the pods replaced by those below `folder`."""
        places = {
            r"/etc/backup": "backup",
            r"(?<![a-z\"}])/archive(?=/\.|$)": "archive",
            r"/etc/assertions": "assertions",
            r"(?<![a-z])/copy": "copy",
        }
        text = re.sub(r"(?<![a-z])/tmp", "$OWN_TMP", text)
        for path, name in places.items():
            text = re.sub(path, str(self.folder / name), text, flags=re.MULTILINE)
        text = text.replace("/etc/postgres/settings", str(self.server.folder / "scripts" / "settings"))
        return text.replace("/var/lib/postgresql/data/.lock", str(self.server.folder / ".lock"))
