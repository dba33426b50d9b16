"""Values of RabbitMQ."""

from typing import Annotated

from msgspec import Meta

from tierwright.components.data.settings import LINE
from tierwright.model.data_values import DeveloperAccess, Operation
from tierwright.model.names import PRINTABLE, pattern, sized
from tierwright.model.running_values import Percent

USER = pattern(
    "rabbitmq-user",
    sized(1, 255, rf"{PRINTABLE}([ !#%-\[\]-~]*{PRINTABLE})?\Z"),
    "up to 255 printable ASCII characters, but no double quote, backslash, dollar sign or outer space",
)
SIZE = pattern("rabbitmq-size", r"^[1-9][0-9]{0,8}(MB|GB|MiB|GiB)\Z", "a size such as 512MB or 2GiB")

SETTING_NAME = pattern("rabbitmq-setting-name", r"^[A-Za-z][A-Za-z0-9_.\x24-]*\Z", "a setting such as channel_max")


class RabbitmqValues(Operation, frozen=True, kw_only=True):
    """RabbitMQ."""

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
