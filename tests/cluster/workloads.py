"""A platform of the kinds of workloads that Castiel has not: two databases of one kind, what runs once, what runs on a schedule,
singletons, a file, a worker without a port, and metrics at a port of their own.

The worker's image has a shell and PostgreSQL's client, and is the image of all that has no port.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.connecting import TRY
from tests.cluster.network import API_ADDRESS
from tests.cluster.platform import BESIDE_CASTIEL
from tests.rendering import Rendered, render_platform
from tierwright.pipeline import described

FILE = "/etc/shop/work.sql"
TARGETS = ("postgres:5432", "plugin-db:5433", "web:80", "web:9464", f"{API_ADDRESS}:443")
"""What the program that runs on a schedule tries to reach."""

_MIGRATE = """
exec psql -v ON_ERROR_STOP=1 "$DATABASE_URL" \\
  -c "CREATE TABLE IF NOT EXISTS steps (step text)" -c "INSERT INTO steps VALUES ('$1')"
"""
_REPORT = f"""
psql "$DATABASE_URL" -c 'CREATE TABLE IF NOT EXISTS reached (target text, run timestamptz DEFAULT now())'
{{ {TRY.strip()}; }} | psql "$DATABASE_URL" -c 'COPY reached (target) FROM STDIN'
""".replace("${", "$${")


def _as_long_as_it_may(then: str, *, at_the_end: str = "") -> list[str]:
    """The command of a program that begins with `then` and ends when it is told to: by SIGINT, as PostgreSQL's image asks."""
    return ["sh", "-c", f"trap '{at_the_end} exit 0' INT TERM; {then}; sleep infinity & wait"]


def migrate(step: str) -> list[str]:
    """The command that adds a step to the table of those that have run."""
    return ["sh", "-c", _MIGRATE, "migrate", step]


CATALOGUE: dict[str, Any] = {
    "name": "shop",
    "tiers": [{"name": "data"}, {"name": "app"}],
    "dataServices": {
        "postgres": {"tier": "data", "port": 5432, "urlVariable": "DATABASE_URL"},
        "plugin-db": {"kind": "postgres", "tier": "data", "port": 5433, "urlVariable": "PLUGIN_DB_URL"},
    },
    "services": {
        "web": {
            "tier": "app",
            "port": 80,
            "targetPort": 8080,
            "ports": {"metrics": {"port": 9464, "protocol": "http"}},
            "metrics": "metrics",
            "needs": ["postgres"],
        },
        "worker": {
            "tier": "app",
            "needs": ["plugin-db"],
            "files": {FILE: "work.sql"},
            "health": {"command": ["test", "-e", "/tmp/worked"]},  # noqa: S108 - a volume of the pod
            "command": _as_long_as_it_may(f'psql -v ON_ERROR_STOP=1 -f {FILE} "$PLUGIN_DB_URL" && touch /tmp/worked'),
        },
        "keeper": {
            "tier": "app",
            "image": {"of": "worker"},
            "user": 1001,
            "singleton": True,
            "storage": {"ledger": "/ledger"},
            "command": _as_long_as_it_may("echo begins >> /ledger/life", at_the_end="echo ends >> /ledger/life;"),
        },
        "beat": {
            "tier": "app",
            "image": {"of": "worker"},
            "singleton": True,
            "needs": ["postgres"],
            "volumes": {"keeper.ledger": "/ledger"},
            "command": _as_long_as_it_may("echo begins >> /ledger/beat"),
        },
        "migrate": {"tier": "app", "image": {"of": "worker"}, "run": "once", "needs": ["postgres"], "command": migrate("first")},
        "report": {
            "tier": "app",
            "image": {"of": "worker"},
            "schedule": "* * * * *",
            "needs": ["postgres", "web"],
            "command": ["sh", "-ec", _REPORT, "report"],
            "args": list(TARGETS),
        },
    },
}

SCRAPERS = "shop-scrapers"
"""The namespace whose pods `app=prometheus` may scrape."""

VALUES: dict[str, Any] = {
    "namespace": {"name": "shop-workloads"},
    "networkPolicy": {"metrics": {"namespaces": [SCRAPERS], "podLabels": {"app": "prometheus"}}},
    "postgres": BESIDE_CASTIEL["postgres"],
    "dataServices": {"plugin-db": {**BESIDE_CASTIEL["postgres"], "user": "plugins", "database": "plugins"}},
    "defaults": BESIDE_CASTIEL["defaults"],
    "services": {"worker": {"image": {"repository": "postgres", "tag": "16"}}},
}


def work(text: str) -> str:
    """The worker's file: SQL that writes this text."""
    return f"CREATE TABLE IF NOT EXISTS work (done text);\nINSERT INTO work VALUES ('{text} at ${{plugin-db.host}}');\n"


def render_workloads(folder: Path, file: str, services: Mapping[str, Any]) -> Rendered:
    """The platform, with the worker's file, and further values of services."""
    files = {"catalogue.yaml": yaml.safe_dump(CATALOGUE, sort_keys=False), "work.sql": file, "values.yaml": yaml.safe_dump(VALUES)}
    files["more.yaml"] = yaml.safe_dump({"services": dict(services)})
    for name, text in files.items():
        (folder / name).write_text(text)
    values = [folder / "values.yaml", folder / "more.yaml"]
    return render_platform(described(catalogue=folder / "catalogue.yaml", values=values).platform)
