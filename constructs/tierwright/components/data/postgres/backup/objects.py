"""The objects that back PostgreSQL up and restore it."""

from __future__ import annotations

from tierwright.components.data.postgres.backup.archive import declare_archive
from tierwright.components.data.postgres.backup.jobs import declare_jobs
from tierwright.components.data.postgres.backup.repository import declare_scripts
from tierwright.components.data.postgres.backup.restore import declare_restore
from tierwright.components.data.postgres.values import Postgres


def declare_backup(file: str, postgres: Postgres) -> None:
    """Declare them, in the file that the server is in."""
    declare_archive(file, postgres)
    declare_scripts(file, postgres)
    declare_jobs(file, postgres)
    declare_restore(file, postgres)
