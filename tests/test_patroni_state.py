"""What scripts change of Patroni's state in Kubernetes, as a server sees it that stands in for the API server."""

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

from tierwright.components.data.postgres.topology import STATE_SCRIPT

PATH = "/api/v1/namespaces/shop/configmaps/postgres-patroni-"


class Api(BaseHTTPRequestHandler):
    """Keeps the annotations of ConfigMaps, and notes the requests."""

    kept: ClassVar[dict[str, dict[str, str]]] = {}
    asked: ClassVar[list[str]] = []
    others: ClassVar[dict[str, str]] = {}
    """What somebody else changes just before a change of the script."""

    def do_GET(self) -> None:
        """Answer with what is kept."""
        self._answer()

    def do_PATCH(self) -> None:
        """Merge the annotations."""
        changes = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["metadata"]
        assert self.headers["Content-Type"] == "application/merge-patch+json"
        if (kept := self.kept.get(self.path)) is not None:
            kept |= self.others
            if changes.get("resourceVersion", _version(kept)) != _version(kept):
                self._answer(409)
                return
            merged = {**kept, **changes["annotations"]}
            self.kept[self.path] = {key: value for key, value in merged.items() if value is not None}
        self._answer()

    def _answer(self, code: int = 200) -> None:
        kept = self.kept.get(self.path)
        self.asked.append(f"{self.command} {self.path.removeprefix(PATH)} {self.headers['Authorization']}")
        self.send_response(404 if kept is None else code)
        self.end_headers()
        self.wfile.write(json.dumps({"metadata": {"annotations": kept, "resourceVersion": _version(kept or {})}}).encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _version(kept: dict[str, str]) -> str:
    """Another one for each content."""
    return json.dumps(kept)


@pytest.fixture(name="pod")
def _pod(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The variables of a pod, and in its folder what an account has."""
    openssl = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=api"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key", "-out", "ca.crt"]
    subprocess.run([*openssl, *names], cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "token").write_text("own")
    (tmp_path / "namespace").write_text("shop")
    script = STATE_SCRIPT.read_text().replace("/var/run/secrets/kubernetes.io/serviceaccount", str(tmp_path))
    (tmp_path / STATE_SCRIPT.name).write_text(script)
    server = HTTPServer(("127.0.0.1", 0), Api)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "ca.crt", tmp_path / "key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Api.kept.clear()
    Api.asked.clear()
    Api.others.clear()
    host, port = server.server_address[:2]
    yield {
        "KUBERNETES_SERVICE_HOST": str(host),
        "KUBERNETES_SERVICE_PORT": str(port),
        "PATRONI_SCOPE": "postgres-patroni",
        "FIRST_MEMBER": "postgres-0",
        "POD_NAME": "postgres-2",
    }
    server.shutdown()
    server.server_close()


def run(folder: Path, pod: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(folder / STATE_SCRIPT.name), *arguments]
    return subprocess.run(command, env=pod, capture_output=True, text=True, check=False, timeout=60)


def test_of_all_members_the_first_alone_may_lead_next(tmp_path: Path, pod: dict[str, str]) -> None:
    Api.kept |= {
        f"{PATH}config": {"config": "{}", "history": "[]", "initialize": "6"},
        f"{PATH}failover": {"member": "postgres-1"},
        f"{PATH}leader": {"optime": "100", "ttl": "20", "renewTime": "1", "own": "kept"},
        f"{PATH}sync": {"leader": "postgres-2", "sync_standby": "postgres-1"},
    }
    done = run(tmp_path, pod, "forget", "7")
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
    done = run(tmp_path, pod, "forget", "7")
    assert (done.returncode, done.stderr) == (0, "")
    assert Api.kept == {}


def test_a_primary_that_still_renews_its_lock_is_waited_for(tmp_path: Path, pod: dict[str, str]) -> None:
    Api.kept[f"{PATH}leader"] = {"leader": "postgres-2", "renewTime": "1"}
    script = tmp_path / STATE_SCRIPT.name
    script.write_text(script.read_text().replace("time.sleep(25)", "time.sleep(0.1)"))
    done = run(tmp_path, pod, "forget", "7")
    assert (done.returncode, done.stdout) == (0, "waiting for the primary to end\n")
    assert Api.kept[f"{PATH}leader"] == {}


def test_a_member_gives_back_the_lock_of_its_earlier_container(tmp_path: Path, pod: dict[str, str]) -> None:
    """Its server has ended, and no other member need wait for the end of the lock."""
    Api.kept[f"{PATH}leader"] = {"leader": "postgres-2", "optime": "100"}
    done = run(tmp_path, pod, "give-back")
    assert (done.returncode, done.stdout, done.stderr) == (0, "gave back the lock of an earlier container\n", "")
    assert Api.kept == {f"{PATH}leader": {"optime": "100"}}


@pytest.mark.parametrize("leader", [{"leader": "postgres-1"}, {}], ids=["another's", "nobody's"])
def test_a_lock_that_is_not_its_own_stays_as_it_is(tmp_path: Path, pod: dict[str, str], leader: dict[str, str]) -> None:
    Api.kept[f"{PATH}leader"] = {**leader, "optime": "100"}
    done = run(tmp_path, pod, "give-back")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert Api.asked == ["GET leader Bearer own"]


def test_a_lock_that_another_member_takes_meanwhile_is_that_member_s(tmp_path: Path, pod: dict[str, str]) -> None:
    Api.kept[f"{PATH}leader"] = {"leader": "postgres-2"}
    Api.others["leader"] = "postgres-1"
    done = run(tmp_path, pod, "give-back")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "a lock that an earlier container had, as the primary, is not given back: HTTP Error 409: Conflict\n"
    assert Api.kept[f"{PATH}leader"] == {"leader": "postgres-1"}


def test_before_there_is_a_lock_a_member_has_none_to_give_back(tmp_path: Path, pod: dict[str, str]) -> None:
    done = run(tmp_path, pod, "give-back")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_member_starts_although_the_api_server_does_not_answer(tmp_path: Path, pod: dict[str, str]) -> None:
    done = run(tmp_path, {**pod, "KUBERNETES_SERVICE_PORT": "1"}, "give-back")
    assert (done.returncode, done.stdout) == (0, "")
    refused = "<urlopen error [Errno 111] Connection refused>"
    assert done.stderr == f"a lock that an earlier container had, as the primary, is not given back: {refused}\n"
