"""What the Compose file of a platform does on the engine, where that is seldom: volumes, and those who ask others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.waiting import wait_for
from tests.compose.platforms import composed_text
from tests.engine.engine import Engine
from tests.engine.events import HEALTHY, STARTED, first

BUSYBOX = "image: {repository: busybox, tag: 1.37.0}"
CONFINED = "securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}, runAsUser: 77, runAsGroup: 78}"


@pytest.fixture(autouse=True)
def _emptied(engine: Engine) -> Iterator[None]:
    yield
    engine.empty()


def made(engine: Engine, folder: Path, catalogue: str, overlay: str, *, with_curl: bool = True) -> dict[str, Any]:
    """Write the Compose file of a platform, and provide its images; gives its services."""
    text = composed_text(catalogue, overlay).text
    (folder / "compose.yaml").write_text(text)
    services: dict[str, Any] = yaml.safe_load(text)["services"]
    engine.provide_images({one["image"] for one in services.values()}, with_curl=with_curl)
    return services


def up(engine: Engine, folder: Path, profile: str = "all") -> None:
    engine.compose("--profile", profile, "up", "--detach", "--quiet-pull", folder=folder)


def said(engine: Engine, service: str) -> list[str]:
    """What a service of the project has said."""
    return engine.docker("logs", engine.container("shop", service).identity).splitlines()


_OF_WEB = """
echo row >> /data/rows; echo part > /part/rows; mkdir -p /own; cat /scratch/own.conf
stat -c '%n %u:%g %a' /data /part /work /scratch; echo web > /work/web; echo end >> /data/rows; cat /data/rows /data/a/b/rows
until [ -e /work/side ]; do sleep 0.1; done; cat /work/side; echo done; exec sleep 600
"""
_OF_SIDE = "until [ -e /side/web ]; do sleep 0.1; done; echo side > /side/side; exec sleep 600"
_OF_READER = "cat /rows/a/b/rows; echo reader > /rows/of-reader; echo done; exec sleep 600"


def test_volumes_are_those_of_whoever_uses_them_at_the_second_start_too(engine: Engine, tmp_path: Path) -> None:
    catalogue = (
        "name: shop\ntiers: [{name: back}, {name: front}]\nservices:\n"
        "  web: {tier: back, user: 1001, storage: {data: /data}}\n"
        "  reader: {tier: front, user: 1002, volumes: {web.data: /rows}}\n"
    )
    overlay = yaml.safe_load(
        f"services: {{web: {{{BUSYBOX}, sidecars: [{{name: side, image: 'busybox:1.37.0', {CONFINED}, "
        "volumeMounts: [{name: work, mountPath: /side}]}], "
        "extraVolumes: [{name: work, emptyDir: {}}, {name: scratch, emptyDir: {}}, {name: own, configMap: {name: own}}], "
        "extraVolumeMounts: [{name: work, mountPath: /work}, {name: scratch, mountPath: /scratch}, "
        "{name: data, mountPath: /part, subPath: a/b}, {name: own, mountPath: /scratch/own.conf, subPath: own.conf}]}, "
        f"reader: {{{BUSYBOX}}}}}"
    )
    overlay["services"]["web"] |= {"command": ["sh", "-ec"], "args": [_OF_WEB.replace("mkdir -p /own; ", "")]}
    overlay["services"]["web"]["sidecars"][0] |= {"command": ["sh", "-ec", _OF_SIDE]}
    overlay["services"]["reader"] |= {"command": ["sh", "-ec", _OF_READER]}
    overlay["extraObjects"] = [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "own"}, "data": {"own.conf": "conf\n"}}
    ]
    made(engine, tmp_path, catalogue, yaml.safe_dump(overlay))
    owners = ["conf", "/data 1001:1001 2775", "/part 1001:1001 2775", "/work 1001:1001 2777", "/scratch 1001:1001 2777"]
    rows = ["row", "end"]
    for start in (1, 2):
        up(engine, tmp_path)
        for service in ("web", "reader"):
            wait_for(f"the end of {service}", lambda one=service: said(engine, one)[-1] == "done", timeout=60)  # type: ignore[misc]
        assert said(engine, "web")[-len(owners) - 2 * start - 3 :] == [*owners, *rows * start, "part", "side", "done"]
        assert said(engine, "reader")[-2:] == ["part", "done"]
        engine.compose("--profile", "all", "stop", "--timeout", "0", folder=tmp_path)


def test_a_part_has_the_volumes_of_others_that_it_mounts(engine: Engine, tmp_path: Path) -> None:
    """Who lends them need not run: his volumes get their owner all the same."""
    catalogue = (
        "name: shop\ntiers: [{name: back}]\nservices:\n"
        "  keeper: {tier: back, user: 1001, storage: {data: /data}}\n"
        "  reader: {tier: back, user: 1002, volumes: {keeper.data: /rows}}\n"
    )
    reads = "command: [sh, -ec, 'touch /rows/new; echo done; exec sleep 600']"
    made(engine, tmp_path, catalogue, f"services: {{keeper: {{{BUSYBOX}}}, reader: {{{BUSYBOX}, {reads}}}}}")
    up(engine, tmp_path, "reader")
    wait_for("the end of reader", lambda: said(engine, "reader") == ["done"], timeout=60)
    assert {one.service for one in engine.containers("shop")} == {"keeper-volumes", "reader"}


_ASKED = """\
name: shop
tiers: [{name: back}, {name: front}]
services:
  rpc: {tier: back, port: 7070, protocol: grpc, health: {grpc: shop.Rpc}}
  raw: {tier: back, port: 9000, protocol: tcp}
  web: {tier: back, port: 3000, health: {http: "/health/ready?of={a,b}&it='s'"}}
  mute: {tier: back, port: 9001, protocol: tcp, health: none}
  next: {tier: front, needs: [rpc, raw, web, mute]}
"""


def test_what_images_cannot_tell_themselves_others_ask_in_vain_until_it_is_so(engine: Engine, tmp_path: Path) -> None:
    roles = {"rpc": {"7070": "grpc"}, "raw": {"9000": "tcp"}, "mute": {"9001": "tcp"}}
    services: dict[str, Any] = {
        name: {"env": {"LISTENING": json.dumps({name: {"ports": ports}}), "START_SECONDS": "3"}} for name, ports in roles.items()
    }
    services["next"] = {**yaml.safe_load(f"{{{BUSYBOX}}}"), "command": ["sleep", "600"]}
    made(engine, tmp_path, _ASKED, yaml.safe_dump({"services": services}), with_curl=False)
    engine.compose("--profile", "all", "up", "--detach", "--wait", folder=tmp_path)
    events = engine.events("shop")
    started, healthy = first(events, STARTED), first(events, HEALTHY)
    assert all(healthy[f"{name}-prober"] < started["next"] for name in ("rpc", "raw", "web", "mute"))
    # They are asked from the first second on; rpc says after its 3 seconds only that it serves.
    assert healthy["rpc-prober"] - started["rpc"] > 2.5
    prober = engine.container("shop", "rpc-prober")
    line = prober.description["Config"]["Healthcheck"]["Test"][3]
    for wrong in (
        line.replace("rpc:7070", "rpc:7071"),
        line.replace("rpc:7070", "raw:9000"),
        line.replace("Health/Check", "Other/Call"),
    ):
        assert engine.attempt("exec", prober.identity, "timeout", "5", "sh", "-c", wrong).returncode != 0
    raw = engine.container("shop", "raw-prober")
    line = raw.description["Config"]["Healthcheck"]["Test"][3]
    assert engine.attempt("exec", raw.identity, "sh", "-c", line).returncode == 0
    for wrong in (line.replace(":9000", ":9999"), line.replace("raw:", "nobody:")):
        assert engine.attempt("exec", raw.identity, "sh", "-c", wrong).returncode != 0
