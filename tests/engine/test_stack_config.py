"""The client of Docker takes the stack of every platform without a warning."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.snapshots import GUESTS
from tests.engine.engine import Engine
from tests.rendering import CONFIG, ENVIRONMENTS, ROOT, environment_files
from tierwright import pipeline
from tierwright.blueprint import Described
from tierwright.outputs.provenance import write_files


def platform(name: str) -> Described:
    if name in ENVIRONMENTS:
        return pipeline.described(catalogue=CONFIG / "catalogue.yaml", own=CONFIG / "values.yaml", values=environment_files(name))
    folder = ROOT / "examples" / name
    return pipeline.described(catalogue=folder / "catalogue.yaml", own=folder / "values.yaml")


@pytest.mark.parametrize("name", [*ENVIRONMENTS, *GUESTS])
def test_a_stack_is_taken_without_a_warning(engine: Engine, name: str, tmp_path: Path) -> None:
    write_files(pipeline.swarm(platform(name)), tmp_path)
    file = tmp_path / "swarm" / "stack.yaml"
    variables = dict.fromkeys(re.findall(r"\$\{([A-Z0-9_]+):\?", file.read_text()), "x")
    done = engine.attempt("stack", "config", "--compose-file", file, environment=variables)
    assert (done.returncode, done.stderr) == (0, "")
    if variables:
        assert "run deploy.sh" in engine.attempt("stack", "config", "--compose-file", file).stderr
