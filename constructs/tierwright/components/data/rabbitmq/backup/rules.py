"""Rules over the values of the backup of RabbitMQ."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.components.data.backups.snapshots import complaints, rules
from tierwright.components.data.rabbitmq.values import Rabbitmq
from tierwright.kit.rules import Rule


def _rules(rabbitmq: Rabbitmq) -> Iterator[Rule]:
    yield from rules(rabbitmq, rabbitmq.values.backup)


RULES = (_rules,)
PROGRAM_RULES = (complaints,)
