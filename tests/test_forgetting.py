"""What a restore tells Kubernetes of Patroni's state, as a server sees it that stands in for the API server."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tierwright.components.data.postgres.backup.archive import scripts_of

PATH = "/api/v1/namespaces/shop/configmaps/postgres-patroni-"


class Api(BaseHTTPRequestHandler):
    """Keeps the annotations of ConfigMaps, and notes the requests."""

    kept: ClassVar[dict[str, dict[str, str]]] = {}
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        """Answer with what is kept."""
        self._answer()

    def do_PATCH(self) -> None:
        """Merge the annotations."""
        changes = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["metadata"]["annotations"]
        assert self.headers["Content-Type"] == "application/merge-patch+json"
        if (kept := self.kept.get(self.path)) is not None:
            merged = {**kept, **changes}
            self.kept[self.path] = {key: value for key, value in merged.items() if value is not None}
        self._answer()

    def _answer(self) -> None:
        self.asked.append(f"{self.command} {self.path.removeprefix(PATH)} {self.headers['Authorization']}")
        self.send_response(200 if self.path in self.kept else 404)
        self.end_headers()
        self.wfile.write(json.dumps({"metadata": {"annotations": self.kept.get(self.path, {})}}).encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(name="pod")
def _pod(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The variables of a pod, and in its folder what an account has."""
    openssl = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=api"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key", "-out", "ca.crt"]
    subprocess.run([*openssl, *names], cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "token").write_text("own")
    (tmp_path / "namespace").write_text("shop")
    script = scripts_of("pgbackrest")["forget.py"]
    (tmp_path / "forget.py").write_text(script.replace("/var/run/secrets/kubernetes.io/serviceaccount", str(tmp_path)))
    server = HTTPServer(("127.0.0.1", 0), Api)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "ca.crt", tmp_path / "key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Api.kept.clear()
    Api.asked.clear()
    host, port = server.server_address[:2]
    yield {
        "KUBERNETES_SERVICE_HOST": str(host),
        "KUBERNETES_SERVICE_PORT": str(port),
        "PATRONI_SCOPE": "postgres-patroni",
        "FIRST_MEMBER": "postgres-0",
    }
    server.shutdown()
    server.server_close()


def forget(folder: Path, pod: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(folder / "forget.py"), "7"]
    return subprocess.run(command, env=pod, capture_output=True, text=True, check=False, timeout=60)


def test_of_all_members_the_first_alone_may_lead_next(tmp_path: Path, pod: dict[str, str]) -> None:
    Api.kept |= {
        f"{PATH}config": {"config": "{}", "history": "[]", "initialize": "6"},
        f"{PATH}failover": {"member": "postgres-1"},
        f"{PATH}leader": {"optime": "100", "ttl": "20", "renewTime": "1", "own": "kept"},
        f"{PATH}sync": {"leader": "postgres-2", "sync_standby": "postgres-1"},
    }
    done = forget(tmp_path, pod)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert Api.kept == {
        f"{PATH}config": {"config": "{}", "initialize": "7"},
        f"{PATH}failover": {},
        f"{PATH}leader": {"own": "kept"},
        f"{PATH}sync": {"leader": "postgres-0"},
    }
    asked = ["GET leader", "PATCH config", "PATCH failover", "PATCH leader", "PATCH sync"]
    assert Api.asked == [f"{one} Bearer own" for one in asked]


def test_where_patroni_keeps_nothing_there_is_nothing_to_forget(tmp_path: Path, pod: dict[str, str]) -> None:
    done = forget(tmp_path, pod)
    assert (done.returncode, done.stderr) == (0, "")
    assert Api.kept == {}


def test_a_primary_that_still_renews_its_lock_is_waited_for(tmp_path: Path, pod: dict[str, str]) -> None:
    Api.kept[f"{PATH}leader"] = {"leader": "postgres-2", "renewTime": "1"}
    script = tmp_path / "forget.py"
    script.write_text(script.read_text().replace("time.sleep(25)", "time.sleep(0.1)"))
    done = forget(tmp_path, pod)
    assert (done.returncode, done.stdout) == (0, "waiting for the primary to end\n")
    assert Api.kept[f"{PATH}leader"] == {}
