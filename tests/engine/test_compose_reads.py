"""Docker Compose itself reads the Compose file as the tests of the law read it. No engine is needed for that."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.compose.engine import Engine
from tests.compose.interpolation import names
from tests.compose.platforms import PLATFORMS
from tests.engine import programs

HELD = 'it\'s "$(PORT)" $$ ${{PORT}} {} # ü'


def _read(text: str, variables: dict[str, str], folder: Path) -> dict[str, Any]:
    """What Docker Compose makes of a file, with all its profiles. Raises AssertionError when it has anything to say."""
    (folder / "compose.yaml").write_text(text)
    around = {"PATH": os.environ["PATH"], "HOME": str(folder), "COMPOSE_PROFILES": "*", **variables}
    command = [str(programs.compose()), "--project-directory", str(folder), "config", "--format", "json"]
    done = subprocess.run(command, cwd=folder, env=around, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    read: dict[str, Any] = json.loads(done.stdout)
    return read


def _plain(tree: Any) -> Any:
    """What it prints, which it would read again: there a dollar sign is written twice."""
    if isinstance(tree, str):
        return tree.replace("$$", "$")
    if isinstance(tree, list):
        return [_plain(one) for one in tree]
    return {key: _plain(value) for key, value in tree.items()} if isinstance(tree, dict) else tree


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("name", PLATFORMS)
def test_commands_variables_files_and_waits_are_read_as_they_are_meant(name: str, missing: bool, tmp_path: Path) -> None:
    text = PLATFORMS[name]().text
    raw = Engine(text).raw
    optional = {
        one for service in raw["services"].values() for one, value in service.get("environment", {}).items() if value is None
    }
    needed = names(raw) | {one["environment"] for one in raw.get("secrets", {}).values()}
    variables = {one: HELD.format(one) for one in (needed if missing else needed | optional)}
    ours, read = Engine(text, variables), _plain(_read(text, variables, tmp_path))
    assert read["services"].keys() == ours.services.keys()
    assert {key: one["content"] for key, one in read.get("configs", {}).items()} == {
        key: one["content"] for key, one in ours.document.get("configs", {}).items()
    }
    seen = dict(ours.containers())
    for service, one in read["services"].items():
        own = ours.services[service]
        assert {key: value for key, value in one.get("environment", {}).items() if value is not None} == seen[service].variables
        for key in ("entrypoint", "command"):
            assert (one.get(key) or []) == own.get(key, [])
        assert one.get("healthcheck", {}).get("test") == own.get("healthcheck", {}).get("test")
        # Whose network it shares it waits for anyway.
        shared = own.get("network_mode", "").removeprefix("service:")
        waits = {key: (wait["condition"], wait["required"]) for key, wait in one.get("depends_on", {}).items() if key != shared}
        assert waits == {
            key: (wait["condition"], wait.get("required", True)) for key, wait in own.get("depends_on", {}).items() if key != shared
        }
