"""Values of RabbitMQ."""

from typing import Annotated, Literal

from msgspec import Meta

from tierwright.components.data.rabbitmq.backup.values import Backup
from tierwright.components.data.settings import LINE
from tierwright.kit.instance import Instance
from tierwright.kit.network_values import Metrics
from tierwright.model.composed import Entry
from tierwright.model.data_values import DeveloperAccess, Operation
from tierwright.model.manifest_pieces import Whole
from tierwright.model.names import DATA_KEY, OBJECT_NAME, OBJECT_NAME_OR_EMPTY, PRINTABLE, pattern, sized
from tierwright.model.running_values import Percent, Spread

USER = pattern(
    "rabbitmq-user",
    sized(1, 255, rf"{PRINTABLE}([ !#%-\[\]-~]*{PRINTABLE})?\Z"),
    "up to 255 printable ASCII characters, but no double quote, backslash, dollar sign or outer space",
)
SIZE = pattern("rabbitmq-size", r"^[1-9][0-9]{0,8}(MB|GB|MiB|GiB)\Z", "a size such as 512MB or 2GiB")

USER_NAME = pattern(
    "rabbitmq-user-name", r"^[A-Za-z][A-Za-z0-9_-]{0,62}\Z", "up to 63 letters, digits, hyphens and underscores, a letter first"
)

SETTING_NAME = pattern("rabbitmq-setting-name", r"^[A-Za-z][A-Za-z0-9_.\x24-]*\Z", "a setting such as channel_max")


MOST_MEMBERS = 7
"""Each more copies every message once more, and RabbitMQ advises against it."""


class Cluster(Entry, frozen=True, kw_only=True):
    """The nodes of `topology: cluster` or `operator`."""

    members: Annotated[int, Meta(ge=1, le=MOST_MEMBERS)]
    """The number of nodes: 3, 5 or 7."""
    spread: Spread
    """How the nodes are spread; DoNotSchedule lets a single machine have them all."""


class Tls(Entry, frozen=True, kw_only=True):
    """TLS of the server that runs here."""

    enabled: bool
    """Whether it speaks TLS, and nothing else, on its port. Of an external one, `external.tls` says so."""
    secret: Annotated[str, Meta(pattern=OBJECT_NAME_OR_EMPTY)]
    """An existing Secret with `tls.crt`, `tls.key` and `ca.crt`, as cert-manager makes it."""


class User(Entry, frozen=True, kw_only=True, omit_defaults=True):
    """A user beside that of the services. What it may do in a virtual host is among the `permissions` of the definitions."""

    secret: Annotated[str, Meta(pattern=OBJECT_NAME)]
    """A Secret in the platform's namespace that holds the password."""
    key: Annotated[str, Meta(pattern=DATA_KEY)] = "password"
    """Its key there."""
    tag: Literal["management", "policymaker", "monitoring", "administrator"] | None = None
    """What it may do on the management page and to the broker, in RabbitMQ's words; absent: nothing."""


class RabbitmqValues(Operation, frozen=True, kw_only=True):
    """RabbitMQ."""

    topology: Literal["single", "cluster", "operator", "external"]  # type: ignore[assignment] # more than others have
    """`single`: one pod in the cluster. `cluster`: several nodes with quorum queues. `operator`: the same, run by RabbitMQ's
    Cluster Operator, which must be in the cluster. `external`: it runs elsewhere, and only policies and gates are made."""
    cluster: Cluster
    upgrade_in_place: bool
    """Whether RabbitMQ 4 may start on data of RabbitMQ 3, from which there is no way back. Until its feature flags are
    enabled: then set it to false again."""
    user: Annotated[str, Meta(pattern=USER)]
    """The services' user; created at the first start only."""
    vhost: Annotated[str, Meta(pattern=USER)]
    """The virtual host in the services' URL; created at the first start only."""
    users: dict[Annotated[str, Meta(pattern=USER_NAME)], User]
    """Further users, by their names: `ops: {secret: rabbitmq-ops, tag: monitoring}`. Each start sets their passwords."""
    definitions: Whole
    """What else must exist, in RabbitMQ's own words, as `rabbitmqctl export_definitions` writes them: `vhosts`, `permissions`,
    `policies`, `queues` and so on, without `users`. Each start loads them, and removes nothing."""
    config: dict[Annotated[str, Meta(pattern=SETTING_NAME)], Annotated[str, Meta(pattern=LINE)]]
    """Further lines of rabbitmq.conf: `heartbeat: "30"`. A change restarts the broker."""
    memory_watermark_percent: Percent
    """Percent of the memory limit above which publishers are held back."""
    disk_free_limit: Annotated[str, Meta(pattern=SIZE)]
    """Free disk space below which publishers are held back, in RabbitMQ's own units."""
    backup: Backup
    tls: Tls
    metrics: Metrics
    """Who may scrape the port `metrics` of its pods, 15692; it is closed unless namespaces are named."""
    developer_access: DeveloperAccess


Rabbitmq = Instance[RabbitmqValues]
"""One data service of this kind, as its functions see it."""
