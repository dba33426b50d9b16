"""Values of the backup of RabbitMQ."""

from tierwright.components.data.backups.snapshot_values import Copies


class Backup(Copies, frozen=True, kw_only=True):
    """Copies of the definitions: virtual hosts, permissions, policies, exchanges, queues and bindings. No messages, no secrets."""

    enabled: bool
    """Whether they are made."""
