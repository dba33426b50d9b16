"""The names of what backs PostgreSQL up, each after the data service."""

from __future__ import annotations

from tierwright.model import schedule

ARCHIVE = "archive"
BACKUP = "backup"
RESTORE = "restore"
RESTORE_TEST = "restore-test"
ASSERTIONS = "restore-test-assertions"

WORKLOADS = (ARCHIVE, BACKUP, RESTORE, RESTORE_TEST)
"""The ends of the names of all workloads that back up and restore."""

CLIENTS = (ARCHIVE, BACKUP, RESTORE_TEST)
"""Of these, those that connect to the server."""

LONGEST_NAME = schedule.LONGEST_NAME - len(f"-{RESTORE_TEST}")
"""The most characters of a data service's name with backups."""


def name_of(data_service: str, end: str) -> str:
    """The name of one of these workloads."""
    return f"{data_service}-{end}"
