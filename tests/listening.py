"""A platform with services of every kind of port and health."""

from __future__ import annotations

from functools import cache
from typing import Any

from tests.rendering import Rendered, render_catalogue

CATALOGUE: dict[str, Any] = {
    "name": "shop",
    "tiers": [{"name": "data"}, {"name": "app"}, {"name": "front"}],
    "services": {
        "kafka": {
            "tier": "data",
            "port": 9092,
            "protocol": "tcp",
            "ports": {"stats": {"port": 8125, "targetPort": 9125, "protocol": "UDP"}},
        },
        "cart": {"tier": "app", "port": 7070, "protocol": "grpc", "ports": {"metrics": 9464}, "needs": ["kafka", "worker"]},
        "worker": {"tier": "app", "needs": ["kafka"], "health": {"command": ["celery", "inspect", "ping"]}},
        "idle": {"tier": "app"},
        "admin": {
            "tier": "app",
            "port": 80,
            "targetPort": 8080,
            "ports": {"manage": {"port": 9901, "protocol": "http"}},
            "health": {"http": "/up", "port": "manage"},
        },
        "web": {
            "tier": "front",
            "port": 80,
            "targetPort": 3000,
            "public": True,
            "needs": ["cart", "kafka", "worker", "admin"],
            "health": {"http": {"readiness": "/ready", "liveness": "/alive"}},
        },
    },
}


@cache
def shop() -> Rendered:
    """The platform, rendered once."""
    return render_catalogue(CATALOGUE)
