"""Steps that each pod takes between its gates and its program; and what is wrong with one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.chart.law import broken
from tests.chart.platforms import charted
from tests.rendering import Object, render_platform
from tests.shop import CATALOGUE, errors
from tierwright.pipeline import described

STEPS = "[[rails, 'db:migrate'], [sh, -c, 'echo ${publicUrl} $(PORT) {{ x }} $${HOME}']]"
RAILS = CATALOGUE.replace("public: true", f"public: true\n    prepare: {STEPS}\n    writable: [/app/tmp]")
OVERLAY = """\
public: {host: shop.example}
services:
  web:
    image: {repository: acme/web, tag: "7"}
    command: [bin/serve]
    args: [--port, "80"]
    resources: {limits: {memory: 1Gi, nvidia.com/gpu: "1"}}
    extraEnv: [{name: EXTRA, value: x}]
    extraVolumeMounts: [{name: tmp, mountPath: /extra}]
"""


def pod(folder: Path, overlay: str = OVERLAY) -> Object:
    """The pod of web, which takes two steps."""
    (folder / "catalogue.yaml").write_text(RAILS)
    (folder / "overlay.yaml").write_text(overlay)
    platform = described(catalogue=folder / "catalogue.yaml", values=[folder / "overlay.yaml"]).platform
    made: Object = render_platform(platform).get("Deployment", "web")["spec"]["template"]["spec"]
    return made


def steps(of: Object) -> dict[str, Any]:
    return {one["name"]: one for one in of["initContainers"] if one["name"].startswith("prepare")}


def test_the_steps_come_after_the_gates_in_the_order_of_the_catalogue(tmp_path: Path) -> None:
    names = [one["name"] for one in pod(tmp_path)["initContainers"]]
    assert names == ["wait-for-data", "wait-for-back", "prepare-1", "prepare-2"]


def test_placeholders_in_a_step_are_replaced_and_everything_else_is_text(tmp_path: Path) -> None:
    commands = [one["command"] for one in steps(pod(tmp_path)).values()]
    assert commands == [["rails", "db:migrate"], ["sh", "-c", "echo http://shop.example $(PORT) {{ x }} ${HOME}"]]


def test_a_step_runs_as_the_program_does_but_for_its_command(tmp_path: Path) -> None:
    made = pod(tmp_path)
    (program,) = made["containers"]
    own = ("name", "command", "args", "ports", "lifecycle", "startupProbe", "readinessProbe", "livenessProbe")
    shared = {key: value for key, value in program.items() if key not in own}
    assert {"image", "env", "resources", "securityContext", "volumeMounts"} <= shared.keys()
    for one in steps(made).values():
        assert {key: value for key, value in one.items() if key not in ("name", "command")} == shared


def test_a_service_without_steps_has_gates_alone(tmp_path: Path) -> None:
    (tmp_path / "catalogue.yaml").write_text(RAILS)
    made = render_platform(described(catalogue=tmp_path / "catalogue.yaml").platform).get("Deployment", "store")
    assert [one["name"] for one in made["spec"]["template"]["spec"]["initContainers"]] == ["wait-for-data"]


@pytest.mark.helm
def test_the_chart_has_the_same_steps(tmp_path: Path) -> None:
    (tmp_path / "catalogue.yaml").write_text(RAILS)
    made = charted(tmp_path / "catalogue.yaml")
    for overlay in ("", OVERLAY, "services: {web: {enabled: false}}", "startup: {order: graph}"):
        assert not broken(made, [overlay])


def test_a_quota_counts_a_pod_as_the_larger_of_its_steps_and_its_program(tmp_path: Path) -> None:
    """The steps have ended before the program starts, so they take no room beside it."""
    hard = "{requests.memory: 2Gi, limits.memory: 8Gi}"
    overlay = f"namespace: {{quota: {{enabled: true, hard: {hard}}}}}\n" + "defaults: {rollout: {maxSurge: 0, maxUnavailable: 1}}"
    with_steps = errors(tmp_path, catalogue=RAILS, overlays={"shop.yaml": overlay.replace("2Gi", "1Mi").replace("8Gi", "1Mi")})
    without = errors(tmp_path, catalogue=CATALOGUE, overlays={"shop.yaml": overlay.replace("2Gi", "1Mi").replace("8Gi", "1Mi")})
    assert with_steps == without != []


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ("[[]]", "[0]: is empty; allowed: a list with at least one entry"),
        ("[rails]", "[0]: 'rails' is not allowed; allowed: a list with at least one entry"),
        ("[[a, 1]]", "[0][1]: 1 is not allowed; allowed: text, so put it in quotes"),
        (
            "[[a], [b, '${postgres.password}']]",
            (
                "[1][1]: ${postgres.password} holds the password, which everybody could read here; "
                "let the program read the variable DB_PASSWORD, which has it"
            ),
        ),
        ("[[a, '${x']]", "[0][1]: the placeholder `${x` has no end; close it with }, or write $${ for the text itself"),
    ],
)
def test_a_wrong_step_is_an_error_with_its_line(tmp_path: Path, given: str, error: str) -> None:
    catalogue = CATALOGUE.replace("public: true", f"public: true\n    prepare: {given}")
    assert errors(tmp_path, catalogue=catalogue) == [f"catalogue.yaml:21: services.web.prepare{error}"]


def test_no_service_has_the_name_of_a_step_of_its_own(tmp_path: Path) -> None:
    """Its container would have the name of an init container; where it takes no such step, the name is as good as any."""
    for name, reserved in (("prepare-1", True), ("prepare-2", True), ("prepare-3", False)):
        catalogue = RAILS.replace("\n  web:", f"\n  {name}:")
        wrong = f"catalogue.yaml:17: services.{name}: the name `{name}` is reserved; choose another name"
        assert errors(tmp_path, catalogue=catalogue) == ([wrong] if reserved else [])
