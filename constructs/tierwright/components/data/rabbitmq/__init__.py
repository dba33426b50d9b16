"""RabbitMQ on the official image, one node or several."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tierwright.components.data.backups.snapshots import BACKUP
from tierwright.components.data.images import official_image
from tierwright.components.data.rabbitmq import definitions, tls
from tierwright.components.data.rabbitmq.backup import rules as backup
from tierwright.components.data.rabbitmq.cluster import rules as cluster
from tierwright.components.data.rabbitmq.cluster.scripts import PORT_MAPPER
from tierwright.components.data.rabbitmq.cluster.server import BETWEEN_NODES, TOOLS
from tierwright.components.data.rabbitmq.lines import MANAGEMENT_PORT, METRICS_PORT
from tierwright.components.data.rabbitmq.operated import rules as operated
from tierwright.components.data.rabbitmq.operated.server import OPERATED
from tierwright.components.data.rabbitmq.server import COOKIE_KEY, DEFAULT_VHOST, declare
from tierwright.components.data.rabbitmq.values import Rabbitmq, RabbitmqValues
from tierwright.components.data.settings import kept_settings
from tierwright.config.problems import dotted
from tierwright.expressions.conditions import Equals, Matches, all_of, opposite
from tierwright.expressions.tokens import expression_of, filled
from tierwright.expressions.tree import choose
from tierwright.kit.authority import tls_of_clusters
from tierwright.kit.data_service_kind import DataServiceKind
from tierwright.kit.rules import Rule
from tierwright.kit.scrapers import labels_alone
from tierwright.kit.urls import encoded, server_url
from tierwright.model.part import Complaint, ForClusters
from tierwright.model.platform import Platform
from tierwright.model.quantities import quantity

_NOTES = """\
{{- if and (ne VALUES.topology "external") (ne VALUES.topology "operator") }}

TITLE: on a volume filled by an earlier version, the services' user is an administrator until you run

  kubectl exec -n {{ .Values.namespace.name }} NAME-0 -- rabbitmqctl set_user_tags {{ VALUES.user | squote }}
{{- end }}
"""


def _publishing(platform: Platform, name: str) -> Iterator[Complaint]:
    """The volume has more room than what must stay free."""
    values: RabbitmqValues = platform.data_services[name]  # type: ignore[assignment] # those of this kind
    if values.topology == "external" or not values.storage.persistent:
        return
    number, unit = re.fullmatch("([0-9]+)([MG]i?)B", f"{values.disk_free_limit}").groups()  # type: ignore[union-attr]
    if quantity(f"{number}{unit}") >= quantity(values.storage.size):
        wrong = f"{values.disk_free_limit} must stay free on a volume of {values.storage.size}, so nobody ever publishes"
        size = dotted((*platform.catalogue.place(name), "storage", "size"))
        yield Complaint(("diskFreeLimit",), wrong, f"lower it, or raise {size}", alone=True)


def _user(rabbitmq: Rabbitmq, _client: str) -> str:
    return rabbitmq.values.user


def _vhost(rabbitmq: Rabbitmq, _client: str) -> str:
    return rabbitmq.values.vhost


def _url(rabbitmq: Rabbitmq, _client: str) -> str:
    return rabbitmq.text("url", lambda: _whole_url(rabbitmq))


def _whole_url(rabbitmq: Rabbitmq) -> str:
    user, vhost = rabbitmq.values.user, rabbitmq.values.vhost
    path = choose(Equals(expression_of(vhost), DEFAULT_VHOST), "", f"/{encoded(vhost)}")
    return f"{server_url(rabbitmq, scheme='amqp', user=encoded(user))}{path}"


KEPT = (
    *(r"listeners\..*", r"vm_memory_high_watermark(\..*)?", r"disk_free_limit(\..*)?", r"(management|prometheus)\.(tcp|ssl)\..*"),
    *("default_user", "default_pass", "default_vhost", r"default_(user_tags|permissions)\..*"),
)
"""The settings that our own lines and variables decide."""


_WITH_PAGE = r"(^|-)management(-|$)"


def _config(rabbitmq: Rabbitmq) -> Iterator[Rule]:
    names = ("user", "vhost", "memoryWatermarkPercent", "diskFreeLimit", "developerAccess")
    by = f"{', '.join(f'{rabbitmq.path}.{name}' for name in names)} and the port in the catalogue decide such things"
    yield from kept_settings(rabbitmq.values.config, *KEPT, by=by)


def _scrapers(rabbitmq: Rabbitmq) -> Iterator[Rule]:
    metrics = rabbitmq.values.metrics
    yield labels_alone(("metrics",), metrics, of=rabbitmq.path)
    yield Rule(
        path=("metrics", "namespaces"),
        broken=all_of(rabbitmq.is_external, filled(metrics.namespaces)),
        wrong=f"{rabbitmq.name} is external, so it is scraped where it runs",
        allowed="leave it empty",
    )


def _page(rabbitmq: Rabbitmq) -> Iterator[Rule]:
    """Where developers are let in, there is what they are let in to. An operator switches it on itself."""
    image, access = rabbitmq.values.image, rabbitmq.values.developer_access
    official = Matches(expression_of(image.repository), official_image("rabbitmq"))
    yield Rule(
        path=("image", "tag"),
        also=(("developerAccess", "enabled"),),
        broken=all_of(rabbitmq.is_own, access.enabled, official, opposite(Matches(expression_of(image.tag), _WITH_PAGE))),
        wrong="the official image has its management page, which developers are let in to, only with -management in the tag",
        allowed=f"name such a tag, such as 4-management, or set {rabbitmq.path}.developerAccess.enabled to false",
    )


def _for_clusters(values: RabbitmqValues) -> Iterator[ForClusters]:
    yield from tls_of_clusters(values)
    if values.backup.enabled:
        words = "has no backup of its definitions, and has one on a cluster"
        yield ForClusters(("backup", "enabled"), value=False, words=words)


RABBITMQ = DataServiceKind(
    name="rabbitmq",
    title="RabbitMQ",
    password_variable="RABBITMQ_PASSWORD",  # noqa: S106 - a variable's name
    values=RabbitmqValues,
    defaults=Path(__file__).with_name("defaults.yaml"),
    other_ports=(PORT_MAPPER, MANAGEMENT_PORT, METRICS_PORT, BETWEEN_NODES, *TOOLS),
    operated=OPERATED,
    facts={"url": _url, "user": _user, "vhost": _vhost, "caFile": tls.ca_file},
    apart=("caFile",),
    rules=(_config, _scrapers, _page, definitions.rules, tls.rules, *cluster.RULES, *operated.RULES, *backup.RULES),
    secrets={"credentials": ("password", COOKIE_KEY)},
    program_rules=(_publishing, *operated.PROGRAM_RULES, *backup.PROGRAM_RULES),
    further_workloads=(BACKUP,),
    alone=(
        "a `PATH.diskFreeLimit` that its volume cannot leave free",
        *operated.ALONE,
        "schedules in `PATH.backup` that never come, and a `PATH.backup.scratch` beyond the limit of ephemeral-storage there",
    ),
    authority=tls.authority_of,
    for_clusters=_for_clusters,
    declare=declare,
    notes=_NOTES,
)
