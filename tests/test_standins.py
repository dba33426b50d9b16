"""The stand-ins for services that do not speak HTTP alone: what the manifests tell them, and how they then listen."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

from tests.chart.platforms import workloads
from tests.cluster.images.small import standin_program
from tests.cluster.listening import listening
from tests.listening import shop
from tests.rendering import render, render_platform


def test_what_speaks_http_at_its_port_alone_is_told_nothing() -> None:
    assert listening(render()) == {}


def test_the_others_are_told_what_the_manifests_say_of_their_ports() -> None:
    told = {image: json.loads(variables["LISTENING"]) for image, variables in listening(shop()).items()}
    usual = {"ready": "/health/ready", "live": "/health/live"}
    assert told == {
        "shop/kafka:0.1.0": {"kafka": {"ports": {"9092": "tcp", "9125": "udp"}, **usual}},
        "shop/cart:0.1.0": {"cart": {"ports": {"7070": "grpc", "9464": "tcp"}, **usual}},
        "shop/worker:0.1.0": {"worker": {"ports": {}, **usual}},
        "shop/idle:0.1.0": {"idle": {"ports": {}, **usual}},
        "shop/admin:0.1.0": {"admin": {"ports": {"8080": "http", "9901": "http"}, "ready": "/up", "live": "/up"}},
        "shop/web:0.1.0": {"web": {"ports": {"3000": "http"}, "ready": "/ready", "live": "/alive"}},
    }


def test_those_of_jobs_end_once_everything_that_they_need_answers() -> None:
    told = listening(render_platform(workloads().load([])))
    roles = {name: role for of in told.values() for name, role in json.loads(of["LISTENING"]).items()}
    assert {name for name, role in roles.items() if role.get("ends")} == {"nightly", "migrate"}
    if shutil.which("go") is None:
        pytest.skip("the stand-in is built with Go")
    settings = {"SERVICE_NAME": "nightly", "LISTENING": json.dumps({"nightly": roles["nightly"]})}
    done = subprocess.run(
        [standin_program()], env={**os.environ, **settings}, capture_output=True, text=True, timeout=10, check=True
    )
    assert done.stderr.endswith("nightly: everything it needs answers; ends\n")


@pytest.fixture(name="ports")
def _ports() -> Iterator[dict[str, int]]:
    """A stand-in that listens in each way, and becomes ready once it is asked to: its ports by what is spoken there."""
    if shutil.which("go") is None:
        pytest.skip("the stand-in is built with Go")
    ports = {protocol: _free_port() for protocol in ("http", "grpc", "tcp")}
    role = {"ports": {str(number): protocol for protocol, number in ports.items()}, "ready": "/up", "live": "/alive"}
    settings = {"SERVICE_NAME": "cart", "START_SECONDS": "1", "DRAIN_SECONDS": "0", "LISTENING": json.dumps({"cart": role})}
    with subprocess.Popen([standin_program()], env={**os.environ, **settings}, stderr=subprocess.DEVNULL) as process:
        _until(lambda: _status(ports["http"], "/alive") == 200)
        yield ports
        process.terminate()


def test_a_stand_in_is_ready_in_the_way_of_each_of_its_ports(ports: dict[str, int]) -> None:
    """gRPC is asked by hand, frame by frame: Python has no client of HTTP/2."""
    assert _status(ports["http"], "/up") == 503
    assert not _connects(ports["tcp"])
    assert _grpc_status(ports["grpc"]) == 2  # NOT_SERVING
    _until(lambda: _status(ports["http"], "/up") == 200)
    _until(lambda: _connects(ports["tcp"]))
    assert _grpc_status(ports["grpc"]) == 1  # SERVING
    assert _status(ports["grpc"], "/health/ready") is None  # no HTTP/1 there


@pytest.mark.parametrize(
    ("call", "answers"),
    [
        ("grpc://127.0.0.1:$GRPC", True),
        ("grpc://127.0.0.1:$HTTP", False),
        ("http://127.0.0.1:$HTTP/up", True),
        ("http://127.0.0.1:$GRPC/up", False),
        ("tcp://127.0.0.1:$TCP", True),
        ("tcp://127.0.0.1:$NOTHING", False),
        ("file:/etc/passwd", True),
        ("file:/etc/nothing", False),
        ("ftp://127.0.0.1:$TCP", False),
    ],
)
def test_a_guest_starts_only_when_what_it_calls_answers_in_its_words(ports: dict[str, int], call: str, answers: bool) -> None:
    _until(lambda: _connects(ports["tcp"]))
    settings = {protocol.upper(): str(number) for protocol, number in ports.items()}
    settings |= {"SERVICE_NAME": "web", "LISTENING": '{"web": {}}', "CALLS": call, "START_SECONDS": "0"}
    command, environment = (standin_program(), "guest", "--whatever"), {**os.environ, **settings}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        begins, said = process.stderr.readline(), process.stderr.readline()
        process.terminate()
    assert begins.endswith("web: begins\n")
    assert ("everything it needs answers" in said) == answers, said
    assert (f"web cannot start: {call} does not answer" in said) != answers, said


def test_a_guest_answers_on_no_path_but_its_own() -> None:
    if shutil.which("go") is None:
        pytest.skip("the stand-in is built with Go")
    port = _free_port()
    role = {"ports": {"$PORT": "http"}, "ready": "/ping", "live": "/ping"}
    settings = {"SERVICE_NAME": "store", "PORT": str(port), "LISTENING": json.dumps({"store": role}), "START_SECONDS": "0"}
    with subprocess.Popen([standin_program(), "guest"], env={**os.environ, **settings}, stderr=subprocess.DEVNULL) as process:
        _until(lambda: _status(port, "/ping") == 200)
        assert [_status(port, path) for path in ("/", "/health/ready", "/ping")] == [404, 404, 200]
        process.terminate()


def test_a_guest_without_a_path_for_its_health_listens_when_it_is_ready() -> None:
    if shutil.which("go") is None:
        pytest.skip("the stand-in is built with Go")
    port = _free_port()
    role = {"ports": {str(port): "http"}, "live": "/"}
    settings = {"SERVICE_NAME": "page", "LISTENING": json.dumps({"page": role}), "START_SECONDS": "0.5", "PROCESS_NAME": "k6"}
    with subprocess.Popen(
        [standin_program(), "guest"], env={**os.environ, **settings}, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        said = [process.stderr.readline() for _ in range(2)]
        assert not _connects(port), said
        _until(lambda: _status(port, "/") == 200)
        assert Path(f"/proc/{process.pid}/comm").read_text(encoding="utf-8") == "k6\n"  # what pgrep reads
        process.terminate()


def _free_port() -> int:
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        number: int = one.getsockname()[1]
        return number


def _status(port: int, path: str) -> int | None:
    """The status of the answer to a GET; None where there is none."""
    try:
        with urlopen(f"http://127.0.0.1:{port}{path}", timeout=2) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code
    except (URLError, OSError):
        return None


def _connects(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True


def _grpc_status(port: int) -> int:
    """The status that the health service of gRPC gives: a request with literal headers, and the message of the answer."""
    fields = {
        ":method": "POST",
        ":scheme": "http",
        ":path": "/grpc.health.v1.Health/Check",
        "content-type": "application/grpc",
        "te": "trailers",
    }
    headers = b"".join(b"\0" + _text(name) + _text(value) for name, value in fields.items())
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _frame(4, 0, 0, b"") + _frame(1, 4, 1, headers) + _frame(0, 1, 1, bytes(5))
        )
        stream = connection.makefile("rb")
        while True:
            head = stream.read(9)
            payload = stream.read(int.from_bytes(head[:3]))
            if head[3] == 0:  # DATA: the length of the message, then its only field
                assert payload[:6] == bytes([0, 0, 0, 0, 2, 8])
                return payload[6]


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3) + bytes([kind, flags]) + stream.to_bytes(4) + payload


def _text(text: str) -> bytes:
    return bytes([len(text)]) + text.encode()


def _until(holds: Callable[[], Any]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)
