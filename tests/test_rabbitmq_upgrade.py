"""RabbitMQ 4 does not start on data of RabbitMQ 3 before the values say so: the start of the server tells from the volume."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.rendering import Rendered, render, render_catalogue, render_with, yaml_files
from tierwright.pipeline import compose, swarm

NODE = "rabbit@node"
OF_3_13 = "[classic_mirrored_queue_version,feature_flags_v2,\n stream_filtering,virtual_host_metadata].\n"
OF_4_0 = "[classic_mirrored_queue_version,\n 'rabbitmq_4.0.0',\n virtual_host_metadata].\n"
REFUSED = """\
refused: this is RabbitMQ 4.0.5, and the data is of RabbitMQ 3; there is no way back from 4
go on with an image of 3, and start a new broker beside it: docs/rabbitmq.md, From 3 to 4
to upgrade this one, which nobody has tested, set rabbitmq.upgradeInPlace until its feature flags are on
"""


def of_tag(tag: str, **more: Any) -> Rendered:
    return render_with({"rabbitmq": {"image": {"tag": tag}, **more}})


def started(rendered: Rendered, volume: Path, *, version: str = "4.0.5") -> tuple[int, str]:
    """The exit code and the words of a start on this volume, with an image of this version."""
    programs = volume.parent / "bin"
    programs.mkdir()
    for program, text in {"rabbitmqctl": f"echo {version}", "docker-entrypoint.sh": "echo server"}.items():
        (programs / program).write_text(f"#!/bin/sh\n{text}\n")
        (programs / program).chmod(stat.S_IRWXU)
    script = rendered.container("StatefulSet", "rabbitmq")["command"][-1].replace("/var/lib/rabbitmq", str(volume))
    variables = {"PATH": f"{programs}:{os.environ['PATH']}", "RABBITMQ_NODENAME": NODE}
    done = subprocess.run(["sh", "-ec", script], check=False, capture_output=True, text=True, env=variables, timeout=30)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(name="volume")
def _volume(tmp_path: Path) -> Path:
    """One without data."""
    folder = tmp_path / "volume"
    folder.mkdir()
    return folder


def fill(volume: Path, flags: str) -> None:
    """Data of a broker, with these feature flags."""
    (volume / "mnesia" / NODE).mkdir(parents=True)
    (volume / "mnesia" / NODE / "schema.DAT").touch()
    (volume / "mnesia" / f"{NODE}-feature_flags").write_text(flags)


@pytest.mark.parametrize("tag", ["4-management", "4.0.5", "latest", "33", "company-3"])
def test_data_of_3_is_refused(volume: Path, tag: str) -> None:
    fill(volume, OF_3_13)
    assert started(of_tag(tag), volume) == (1, REFUSED)


def test_data_of_versions_without_feature_flags_too(volume: Path) -> None:
    fill(volume, OF_3_13)
    (volume / "mnesia" / f"{NODE}-feature_flags").unlink()
    assert started(of_tag("4-management"), volume) == (1, REFUSED)


def test_whoever_confirms_it_gets_it(volume: Path) -> None:
    fill(volume, OF_3_13)
    assert started(of_tag("4-management", upgradeInPlace=True), volume) == (0, "server\n")


def test_an_image_of_3_whose_tag_says_something_else_goes_on(volume: Path) -> None:
    fill(volume, OF_3_13)
    assert started(of_tag("company-2026"), volume, version="3.13.7") == (0, "server\n")


def test_data_of_4_and_none_are_taken_without_a_question(volume: Path) -> None:
    """`rabbitmqctl` takes a second, and starts an Erlang machine."""
    rendered = of_tag("4-management")
    assert started(rendered, volume, version="; exit 1") == (0, "server\n")
    fill(volume, OF_4_0)
    (volume.parent / "bin").rename(volume.parent / "earlier")
    assert started(rendered, volume, version="; exit 1") == (0, "server\n")


def test_a_version_that_cannot_be_told_does_not_start(volume: Path) -> None:
    fill(volume, OF_3_13)
    assert started(of_tag("4-management"), volume, version="unknown; exit 70")[0] == 70


def test_a_node_that_was_killed_while_it_joined_is_new(volume: Path) -> None:
    fill(volume, "[].\n")
    (volume / ".new").touch()
    script = of_tag("4-management", topology="cluster").container("StatefulSet", "rabbitmq")["command"][-1]
    looks, waits = script.index("refused:"), script.index("until connected")
    assert looks < waits, "a node that is refused waits for nobody"
    assert started(of_tag("4-management"), volume) == (0, "server\n")


@pytest.mark.parametrize("tag", ["3", "3-management", "3.13.7-management"])
def test_an_image_that_says_that_it_is_3_looks_for_nothing(tag: str) -> None:
    assert "refused:" not in of_tag(tag).container("StatefulSet", "rabbitmq")["command"][-1]
    assert "refused:" not in render().container("StatefulSet", "rabbitmq")["command"][-1], "Castiel's is 3-management"


def test_the_message_names_the_value_of_that_data_service() -> None:
    letters = {"queue": {"kind": "rabbitmq", "tier": "data", "port": 5672, "urlVariable": "QUEUE_URL"}}
    tiers, writer = [{"name": "data"}, {"name": "app"}], {"tier": "app", "needs": ["queue"], "health": "none"}
    rendered = render_catalogue({"name": "letters", "tiers": tiers, "dataServices": letters, "services": {"writer": writer}})
    assert "set dataServices.queue.upgradeInPlace until" in rendered.container("StatefulSet", "queue")["command"][-1]


@pytest.mark.parametrize("output", [compose, swarm])
def test_an_engine_looks_too(output: Any, tmp_path: Path) -> None:
    files = yaml_files(output, {"rabbitmq": {"image": {"tag": "4-management"}}}, tmp_path)
    assert any("refused: this is RabbitMQ $$version" in text for text in files.values())
