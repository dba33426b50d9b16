"""Damaged configurations, more than a thousand: a platform, or errors that can be acted on; nothing else, ever."""

from __future__ import annotations

import subprocess
import sys
from functools import cache, reduce
from pathlib import Path

import pytest

from tests.fuzzing import CONFIG, SOURCES, write_case, write_mounted
from tests.rendering import render_platform
from tierwright.components.registry import COMPONENTS
from tierwright.config.documents import overlay, read
from tierwright.config.problems import ConfigError, Problem
from tierwright.model.labels import NAME_LABEL
from tierwright.model.loading import examined
from tierwright.model.platform import Platform
from tierwright.model.schemas import catalogue_schema, values_schema
from tierwright.model.validation import problems_of
from tierwright.pipeline import described

ROOT = CONFIG.parent
VALUES_SCHEMA = cache(values_schema)
CASES = 125
"""Damaged configurations of one test, of which there are several, so that they share the processors."""


def load_case(folder: Path, seed: int, *, mildly: bool = False) -> Platform | None:
    """Load a damaged configuration. Fails when it raises anything but errors that can be acted on."""
    case = write_case(folder, seed, mildly=mildly)
    try:
        return described(catalogue=case.catalogue, values=case.values).platform
    except ConfigError as error:
        problems = error.problems
    except Exception as error:
        raise AssertionError(f"seed {seed} raises {type(error).__name__}") from error
    assert problems, f"seed {seed}"
    for problem in problems:
        assert_can_be_acted_on(problem, {str(case.catalogue), *map(str, case.values)})
    return None


def assert_can_be_acted_on(problem: Problem, files: set[str]) -> None:
    """The place exists, and both texts say something, on one line that is not endless."""
    assert problem.place.file in files, problem
    file = Path(problem.place.file)
    lines = len(file.read_bytes().splitlines()) if file.is_file() else 1
    assert 1 <= problem.place.line <= max(lines, 1), problem
    assert problem.wrong, problem
    assert problem.allowed, problem
    assert str(problem).isprintable(), problem
    assert len(str(problem)) < 2_000, problem
    for internal in ("Traceback", "object at 0x", "None is", "True is", "matches ^"):
        assert internal not in str(problem), problem


def test_without_damage_it_loads(tmp_path: Path) -> None:
    for name, text in SOURCES.items():
        (tmp_path / name).write_text(text)
    write_mounted(tmp_path)
    values = [tmp_path / "values.yaml", tmp_path / "overlay.yaml"]
    assert described(catalogue=tmp_path / "catalogue.yaml", values=values)


@pytest.mark.parametrize("chunk", range(12))
def test_a_damaged_configuration_loads_or_is_told_what_is_wrong(tmp_path: Path, chunk: int) -> None:
    results = [load_case(tmp_path, seed) for seed in range(chunk * CASES, (chunk + 1) * CASES)]
    assert None in results
    assert any(results), "some damage is harmless, or too little of it is tried"


@pytest.mark.parametrize("chunk", range(8))
def test_what_loads_makes_objects_that_kubernetes_takes(tmp_path: Path, chunk: int) -> None:
    built = 0
    for seed in range(100_000 + chunk * 1_000, 100_000 + (chunk + 1) * 1_000):
        platform = load_case(tmp_path, seed, mildly=True)
        if platform is None:
            continue
        pods = {pod["metadata"]["labels"][NAME_LABEL]: pod["spec"] for _, pod in render_platform(platform).pods()}
        for name in platform.catalogue.services:
            variables = {variable["name"]: variable for variable in pods[name]["containers"][0]["env"]}
            for variable, text in platform.values_of(name).env.items():
                assert variables[variable]["value"] == text, f"seed {seed}"
        built += 1
        if built == 10:
            return
    raise AssertionError("too little of what is tried loads")


@pytest.mark.parametrize("chunk", range(2))
def test_a_whole_process_ends_with_0_or_2_and_never_with_half_a_folder(tmp_path: Path, chunk: int) -> None:
    out = tmp_path / "out" / "dist"
    before: dict[str, bytes] = {}
    for seed in range(200_000 + chunk * 10, 200_000 + (chunk + 1) * 10):
        case = write_case(tmp_path, seed, mildly=seed % 3 == 0)
        values = [argument for file in case.values for argument in ("--values", str(file))]
        command = [sys.executable, "-O", "main.py", "--catalogue", str(case.catalogue), *values, "--out", str(out)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode in (0, 2), f"seed {seed}: {done.stderr}"
        assert "Traceback" not in done.stderr, f"seed {seed}: {done.stderr}"
        assert [entry.name for entry in out.parent.iterdir()] == ["dist"] if out.exists() else not out.parent.exists()
        after = {file.name: file.read_bytes() for file in out.rglob("*") if file.is_file()} if out.exists() else {}
        if done.returncode == 2:
            assert done.stderr.startswith(str(tmp_path)), f"seed {seed}: {done.stderr}"
            assert after == before
        else:
            assert done.stderr == ""
            assert "00-namespace.yaml" in after
            assert all(content.endswith(b"\n") for name, content in after.items() if name.endswith(".yaml"))
        before = after


@pytest.mark.parametrize("chunk", range(4))
def test_the_types_and_the_schemas_say_the_same(tmp_path: Path, chunk: int) -> None:
    schema, compared = catalogue_schema(COMPONENTS), 0
    for seed in range(300_000 + chunk * 40, 300_000 + (chunk + 1) * 40):
        case = write_case(tmp_path, seed, mildly=True)
        try:
            catalogue, values = read(case.catalogue), reduce(overlay, map(read, case.values))
            accepted, _ = examined(catalogue=case.catalogue, values=case.values, components=COMPONENTS)
        except ConfigError:
            continue
        problems = [*problems_of(catalogue, schema), *problems_of(values, VALUES_SCHEMA(accepted.parts))]
        assert not problems, f"seed {seed}: {problems}"
        compared += 1
    assert compared > 10
