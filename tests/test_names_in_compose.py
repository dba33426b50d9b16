"""Names in a Compose file: each service of it has one of its own, whatever the catalogue calls its services."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tierwright import pipeline

SIDECAR = "image: busybox, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}"


def services(folder: Path, entries: str, values: str = "{}") -> dict[str, Any]:
    """The services of the Compose file of a platform with these services."""
    (folder / "catalogue.yaml").write_text(f"name: shop\ntiers: [{{name: app}}]\nservices: {{{entries}}}\n")
    (folder / "values.yaml").write_text(values)
    platform = pipeline.described(catalogue=folder / "catalogue.yaml", values=[folder / "values.yaml"])
    found: dict[str, Any] = yaml.safe_load(pipeline.compose(platform)["compose/compose.yaml"])["services"]
    return found


def test_what_is_around_a_service_has_no_name_of_another_service(tmp_path: Path) -> None:
    store = "store: {tier: app, port: 80, protocol: grpc, user: 999, storage: {data: /data}, prepare: [[init]]}"
    taken = "".join(f", store-{what}: {{tier: app, port: 81, needs: [store]}}" for what in ("volumes", "prober", "prepare-1"))
    made = services(tmp_path, store + taken)
    assert {name for name in made if name.startswith("store-") and name.endswith("-of-it")} == {
        "store-volumes-of-it",
        "store-prober-of-it",
        "store-prepare-1-of-it",
    }
    assert made["store-prober-of-it"]["depends_on"].keys() == {"store"}
    assert made["store-prober"]["depends_on"] == {"store-prober-of-it": {"condition": "service_healthy"}}
    assert made["store"]["depends_on"].keys() == {"store-volumes-of-it", "store-prepare-1-of-it"}


def test_nor_one_of_what_is_around_another_service(tmp_path: Path) -> None:
    entries = "a: {tier: app, port: 80, health: none}, a-b: {tier: app, port: 81, protocol: grpc}"
    made = services(tmp_path, entries, f"services: {{a: {{sidecars: [{{name: b-prober, {SIDECAR}}}]}}}}")
    assert made.keys() == {"a", "a-b", "a-b-prober", "a-b-prober-of-it"}
    assert made["a-b-prober"]["network_mode"] == "service:a"
    assert made["a-b-prober-of-it"]["depends_on"].keys() == {"a-b"}


def test_nor_one_of_what_else_is_around_the_same(tmp_path: Path) -> None:
    entries = "web: {tier: app, port: 80, protocol: grpc}, front: {tier: app, port: 81, health: none, needs: [web]}"
    made = services(tmp_path, entries, f"services: {{web: {{sidecars: [{{name: prober, {SIDECAR}}}]}}}}")
    assert made.keys() == {"web", "web-prober", "web-prober-of-it", "front"}
    assert made["web-prober"]["image"] == "busybox"
    assert made["front"]["depends_on"] == {"web-prober-of-it": {"condition": "service_healthy"}}
    assert "healthcheck" in made["web-prober-of-it"]


def test_nor_an_alias(tmp_path: Path) -> None:
    entries = (
        "web: {tier: app, port: 80, protocol: grpc}, other: {tier: app, port: 81, health: none, compose: {aliases: [web-prober]}}"
    )
    assert services(tmp_path, entries).keys() == {"web", "web-prober-of-it", "other"}


def test_a_service_that_is_called_like_the_profile_of_everything_has_no_profile_of_its_own(tmp_path: Path) -> None:
    entries = "all: {tier: app, port: 80, health: none, needs: [store]}, store: {tier: app}"
    made = services(tmp_path, entries + ", apart: {tier: app, port: 82, health: none}")
    assert {name: one["profiles"] for name, one in made.items()} == {
        "all": ["all"],
        "store": ["all", "store"],
        "apart": ["all", "apart"],
    }
