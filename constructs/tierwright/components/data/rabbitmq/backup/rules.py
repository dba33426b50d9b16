"""Rules over the values of the backup of RabbitMQ."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.components.data.backups.snapshots import complaints, rules
from tierwright.components.data.rabbitmq.values import RabbitmqValues
from tierwright.kit.instance import Instance
from tierwright.kit.rules import Rule
from tierwright.model.part import Complaint
from tierwright.model.platform import Platform


def _rules(rabbitmq: Instance[RabbitmqValues]) -> Iterator[Rule]:
    yield from rules(rabbitmq, rabbitmq.values.backup)


def _complaints(platform: Platform, name: str) -> Iterator[Complaint]:
    values: RabbitmqValues = platform.data_services[name]  # type: ignore[assignment] # those of this kind, or unsound
    if values.topology != "external":
        yield from complaints(values.backup)


RULES = (_rules,)
PROGRAM_RULES = (_complaints,)
