"""Platforms of any number of services, to see how time grows with it."""

from __future__ import annotations

from pathlib import Path

import yaml

SIZES = (21, 210, 2100)
TIERS = 6
NEEDS = 5


def write_platform(size: int, folder: Path) -> tuple[Path, Path]:
    """Write the catalogue of a platform of `size` services, and an overlay for the order of its graph; gives both files."""
    catalogue, overlay = folder / f"{size}.yaml", folder / "overlay.yaml"
    catalogue.write_text(yaml.safe_dump(platform(size), sort_keys=False), encoding="utf-8")
    overlay.write_text("startup: {order: graph}\n", encoding="utf-8")
    return catalogue, overlay


def platform(size: int) -> dict[str, object]:
    """A platform of `size` services in six tiers, each with five needs among those just before it."""
    services = {}
    for number in range(size):
        needs = [f"service-{one}" for one in range(max(0, number - NEEDS), number)]
        services[f"service-{number}"] = {"tier": f"tier-{number * TIERS // size}", "port": 3000 + number, "needs": needs}
    return {"name": "many", "tiers": [{"name": f"tier-{tier}"} for tier in range(TIERS)], "services": services}
