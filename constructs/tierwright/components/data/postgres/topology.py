"""What other modules ask about the topology of a PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from tierwright.components.data.images import official_image
from tierwright.components.data.postgres.values import Postgres
from tierwright.expressions.conditions import Condition

OFFICIAL_IMAGE = official_image("postgres")

PATRONI_STATE = ("config", "failover", "leader", "sync")
"""The ends of the names of the ConfigMaps that Patroni keeps."""

STATE_SCRIPT = Path(__file__).with_name("replicated") / "scripts" / "patroni-state.py"
"""What changes them: members run it, and so does a restore."""

PATRONI_LABELS = ("cluster-name", "role")
"""The labels of members: the one by which Patroni finds them, and the one by which Services find the primary."""

REST_PORT = 8008
"""Where Patroni answers the kubelet and the other members."""


def is_replicated(postgres: Postgres) -> Condition:
    """Whether it has several members."""
    return postgres.has_topology("replicated")
