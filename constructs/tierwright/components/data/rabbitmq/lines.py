"""The lines of rabbitmq.conf that every node has, whoever runs it."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.components.data.rabbitmq import definitions, tls
from tierwright.components.data.rabbitmq.values import Rabbitmq
from tierwright.expressions.conditions import opposite
from tierwright.expressions.expression import Hundredths
from tierwright.expressions.tokens import Text, expression_of, filled
from tierwright.expressions.tree import Tree, each_entry, when

MANAGEMENT_PORT = 15672
METRICS_PORT = 15692
_LOOPBACK = "127.0.0.1"


def common_lines(rabbitmq: Rabbitmq) -> Iterator[Tree]:
    """Where a node listens, what it may take, and what it loads when it starts."""
    values = rabbitmq.values
    yield from tls.config_lines(rabbitmq)
    yield f"vm_memory_high_watermark.relative = {Text(Hundredths(expression_of(values.memory_watermark_percent)))}"
    yield f"disk_free_limit.absolute = {values.disk_free_limit}"
    # The services' user, which the first boot makes, gets its permissions alone.
    yield "default_user_tags.administrator = false"
    yield when(opposite(values.developer_access.enabled), f"management.tcp.ip = {_LOOPBACK}")
    yield when(opposite(filled(values.metrics.namespaces)), f"prometheus.tcp.ip = {_LOOPBACK}")
    yield from definitions.config_lines(rabbitmq)


def further_lines(rabbitmq: Rabbitmq) -> Tree:
    """The lines that the values add."""
    return each_entry(rabbitmq.values.config, lambda name, value: f"{name} = {value}")
