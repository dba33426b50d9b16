"""Values of RabbitMQ."""

from typing import Annotated, Literal

from msgspec import Meta

from tierwright.components.data.settings import LINE
from tierwright.model.composed import Entry
from tierwright.model.data_values import DeveloperAccess, Operation
from tierwright.model.names import PRINTABLE, pattern, sized
from tierwright.model.running_values import Percent, Spread

USER = pattern(
    "rabbitmq-user",
    sized(1, 255, rf"{PRINTABLE}([ !#%-\[\]-~]*{PRINTABLE})?\Z"),
    "up to 255 printable ASCII characters, but no double quote, backslash, dollar sign or outer space",
)
SIZE = pattern("rabbitmq-size", r"^[1-9][0-9]{0,8}(MB|GB|MiB|GiB)\Z", "a size such as 512MB or 2GiB")

SETTING_NAME = pattern("rabbitmq-setting-name", r"^[A-Za-z][A-Za-z0-9_.\x24-]*\Z", "a setting such as channel_max")


Topology = Annotated[
    Literal["single", "cluster", "external"],
    Meta(
        description="`single`: one pod in the cluster. `cluster`: several nodes with quorum queues. "
        "`external`: it runs elsewhere, and only policies and gates are made."
    ),
]

MOST_MEMBERS = 7
"""Each more copies every message once more, and RabbitMQ advises against it."""


class Cluster(Entry, frozen=True, kw_only=True):
    """The nodes of `topology: cluster`."""

    members: Annotated[int, Meta(ge=1, le=MOST_MEMBERS, description="The number of nodes: 3, 5 or 7.")]
    spread: Annotated[Spread, Meta(description="How the nodes are spread; DoNotSchedule lets a single machine have them all.")]


class RabbitmqValues(Operation, frozen=True, kw_only=True):
    """RabbitMQ."""

    topology: Topology  # type: ignore[assignment] # one form more than other data services have
    cluster: Cluster
    user: Annotated[str, Meta(pattern=USER, description="The services' user; created at the first start only.")]
    vhost: Annotated[str, Meta(pattern=USER, description="The virtual host in the services' URL; created at the first start only.")]
    config: Annotated[
        dict[Annotated[str, Meta(pattern=SETTING_NAME)], Annotated[str, Meta(pattern=LINE)]],
        Meta(description='Further lines of rabbitmq.conf: `heartbeat: "30"`. A change restarts the broker.'),
    ]
    memory_watermark_percent: Annotated[
        Percent, Meta(description="Percent of the memory limit above which publishers are held back.")
    ]
    disk_free_limit: Annotated[
        str, Meta(pattern=SIZE, description="Free disk space below which publishers are held back, in RabbitMQ's own units.")
    ]
    developer_access: DeveloperAccess
