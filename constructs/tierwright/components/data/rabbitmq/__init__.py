"""RabbitMQ, on the official image."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tierwright.blueprint import Blueprint
from tierwright.components.data.rabbitmq.server import COOKIE_KEY, MANAGEMENT_PORT, NAME, declare
from tierwright.components.data.rabbitmq.values import RabbitmqValues
from tierwright.kit.component import Component
from tierwright.kit.urls import encoded, server_url
from tierwright.model.part import Complaint, Connection
from tierwright.model.platform import Platform, credentials_of
from tierwright.model.quantities import quantity

_PASSWORD = "RABBITMQ_PASSWORD"  # noqa: S105 - a variable's name
_PORT_MAPPER, _METRICS, _BETWEEN_NODES = 4369, 15692, 25672

_NOTES = """\
{{- if ne .Values.rabbitmq.topology "external" }}

RabbitMQ: on a volume filled by an earlier version, the services' user is an administrator until you run

  kubectl exec -n {{ .Release.Namespace }} rabbitmq-0 -- rabbitmqctl set_user_tags {{ .Values.rabbitmq.user | squote }}
{{- end }}
"""


def _publishing(platform: Platform) -> Iterator[Complaint]:
    """The volume has more room than what must stay free."""
    values = platform.values_of_part(NAME, RabbitmqValues)
    if values.topology == "external" or not values.storage.persistent:
        return
    number, unit = re.fullmatch("([0-9]+)([MG]i?)B", f"{values.disk_free_limit}").groups()  # type: ignore[union-attr]
    if quantity(f"{number}{unit}") >= quantity(values.storage.size):
        wrong = f"{values.disk_free_limit} must stay free on a volume of {values.storage.size}, so nobody ever publishes"
        yield Complaint((NAME, "diskFreeLimit"), wrong, "lower it, or raise rabbitmq.storage.size", alone=True)


def _user(blueprint: Blueprint, _client: str) -> str:
    return blueprint.values_of_part(NAME, RabbitmqValues).user


def _url(blueprint: Blueprint, _client: str) -> str:
    user = encoded(blueprint.values_of_part(NAME, RabbitmqValues).user)
    return blueprint.text(f"{NAME}.url", lambda: server_url(blueprint, NAME, scheme="amqp", user=user, password=_PASSWORD))


RABBITMQ = Component(
    name=NAME,
    values=RabbitmqValues,
    defaults=Path(__file__).with_name("defaults.yaml"),
    connection=Connection(
        title="RabbitMQ",
        password_variable=_PASSWORD,
        other_ports=(_PORT_MAPPER, MANAGEMENT_PORT, _METRICS, _BETWEEN_NODES),
    ),
    facts={"url": _url, "user": _user},
    secrets={credentials_of(NAME): ("password", COOKIE_KEY)},
    program_rules=(_publishing,),
    alone=("a `rabbitmq.diskFreeLimit` that its volume cannot leave free",),
    declare=declare,
    notes=_NOTES,
)
