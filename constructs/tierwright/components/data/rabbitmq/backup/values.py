"""Values of the backup of RabbitMQ."""

from typing import Annotated

from msgspec import Meta

from tierwright.components.data.backups.snapshot_values import Copies


class Backup(Copies, frozen=True, kw_only=True):
    """Copies of the definitions: virtual hosts, permissions, policies, exchanges, queues and bindings. No messages, no secrets."""

    enabled: Annotated[bool, Meta(description="Whether they are made.")]
