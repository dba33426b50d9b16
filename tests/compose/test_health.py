"""What asks for health in a Compose file asks what the kubelet asks, whatever is in paths and names."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.compose.engine import Engine
from tests.compose.platforms import composed_text

ODD_PATHS = ["/a?b=c&d=e", "/{{x}}", "/it's", "/$HOME", "/`id`", "/a;b|c", "/[1-3]", "/ü", "/(x)", "/*"]
ODD_NAMES = ["", "shop.Store", "it's", "%s%n", "a b\\c", "Ünder", "x" * 126, "x" * 127, "x" * 128, "x" * 300]

_SPY = """\
#!/bin/sh
for word; do printf '%s\\n' "$word"; done > "$SPIED/words"
case " $* " in *" --data-binary "*) cat > "$SPIED/sent" ;; esac
printf '%b' "${ANSWER-}"
"""


def asked(health: str, folder: Path, *, answer: str = "", tool: str = "") -> tuple[int, list[str]]:
    """How the health check of a service ends in a shell, and the words that a curl of the test's own has got there."""
    engine = Engine(
        composed_text(
            f"name: shop\ntiers: [{{name: back}}]\ncompose: {{{tool}}}\nservices:\n  web: {{tier: back, port: 3000, {health}}}\n"
        ).text
    )
    check = engine.services.get("web-prober", engine.services["web"])["healthcheck"]["test"]
    assert check[0] == "CMD"
    curl = folder / "curl"
    curl.write_text(_SPY)
    curl.chmod(0o755)
    around = {"PATH": f"{folder}:/usr/bin:/bin", "SPIED": str(folder), "ANSWER": answer}
    done = subprocess.run(check[1:], env=around, timeout=30, check=False)
    return done.returncode, (folder / "words").read_text().splitlines()


@pytest.mark.parametrize("path", ODD_PATHS)
@pytest.mark.parametrize("tool", ["", "healthTool: curl"])
def test_a_path_is_asked_as_it_is_written(path: str, tool: str, tmp_path: Path) -> None:
    quoted = path.replace("'", "''")
    code, words = asked(f"health: {{http: '{quoted}'}}", tmp_path, tool=tool)
    assert (code, words[-1]) == (0, f"http://{'localhost' if tool else 'web'}:3000{path}")
    # Without it curl takes these for several URLs.
    assert ("-g" in words) == any(one in path for one in "{}[]")


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_grpc_service_is_asked_by_its_name(name: str, tmp_path: Path) -> None:
    quoted = name.replace("'", "''")
    code, words = asked(f"protocol: grpc, health: {{grpc: '{quoted}'}}", tmp_path, answer=r"\0\0\0\0\002\010\001")
    assert code == 0
    assert words[-1] == "http://web:3000/grpc.health.v1.Health/Check"
    sent, field = (tmp_path / "sent").read_bytes(), name.encode()
    length = len(field)
    size = bytes([length]) if length < 128 else bytes([length % 128 + 128, length // 128])
    message = b"\n" + size + field if field else b""
    assert sent == b"\0" + len(message).to_bytes(4, "big") + message


@pytest.mark.parametrize("answer", ["", r"\0\0\0\0\0", r"\0\0\0\0\002\010\002", r"\0\0\0\0\002\010\003"])
def test_whoever_does_not_answer_that_it_serves_is_not_healthy(answer: str, tmp_path: Path) -> None:
    code, _ = asked("protocol: grpc", tmp_path, answer=answer)
    assert code != 0


def test_a_command_that_asks_gets_the_variables_that_the_kubelet_gives_it() -> None:
    engine = Engine(
        composed_text(
            "name: shop\ntiers: [{name: back}]\n"
            "dataServices: {redis: {tier: back, port: 6379, urlVariable: REDIS_URL}}\n"
            "services:\n"
            "  web:\n"
            "    tier: back\n"
            "    port: 3000\n"
            "    needs: [redis]\n"
            "    health: {command: [ask, '$(PORT)', '$$(PORT)', '$(NO)', '<$(REDIS_PASSWORD)>', $HOME]}\n"
        ).text,
        {"REDIS_PASSWORD": "secret", "REDIS_ADMINISTRATOR_PASSWORD": "secret"},
    )
    # It knows the manifest alone, where a password is no text.
    assert engine.services["web"]["healthcheck"]["test"] == ["CMD", "ask", "3000", "$(PORT)", "$(NO)", "<>", "$HOME"]


@pytest.mark.parametrize("secrets", ["", "secrets: {signing: {source: generated, keys: [KEY]}}\n"])
def test_the_image_that_asks_is_the_same_where_there_are_no_secrets(secrets: str) -> None:
    catalogue = f"name: shop\ntiers: [{{name: back}}]\n{secrets}services:\n  web: {{tier: back, port: 3000, protocol: grpc}}\n"
    images = [
        Engine(composed_text(catalogue, values).text).services["web-prober"]["image"]
        for values in ("", "images: {publicRegistry: mirror.example/hub}")
    ]
    assert images == ["curlimages/curl:8.11.1", "mirror.example/hub/curlimages/curl:8.11.1"]
