"""What makes backups on a schedule: its CronJob, and the rules of where and under which name it can be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tierwright.config.problems import Path
from tierwright.expressions.conditions import Condition, all_of, opposite
from tierwright.expressions.tokens import filled
from tierwright.expressions.tree import Tree, when
from tierwright.kit.instance import Instance
from tierwright.kit.metadata import Manifest, ObjectMeta
from tierwright.kit.rules import Rule


def cron_job(meta: ObjectMeta, template: Tree, *, schedule: str, deadline_seconds: Tree, suspended: Condition) -> Manifest:
    """The CronJob that runs pods of this template, one at a time; while `suspended` none starts."""
    spec = {
        "schedule": schedule,
        "timeZone": "Etc/UTC",
        "concurrencyPolicy": "Forbid",
        "startingDeadlineSeconds": 3600,
        "suspend": when(suspended, True, False),
        "successfulJobsHistoryLimit": 1,
        "failedJobsHistoryLimit": 3,
        "jobTemplate": {
            "metadata": {"labels": meta.labels},
            "spec": {
                # What fails says why, and is not tried again until somebody, or the schedule, does.
                "backoffLimit": 0,
                "activeDeadlineSeconds": deadline_seconds,
                "template": template,
            },
        },
    }
    return {"metadata": meta.metadata(), "spec": spec}


def restore_job_spec(template: Tree) -> Manifest:
    """The spec of the Job of a restore. It is not tried again by itself, and cleared away after a day."""
    return {"backoffLimit": 0, "ttlSecondsAfterFinished": 86_400, "template": template}


def runs_here(of: Instance[Any], on: Condition, *, longest: int) -> Iterator[Rule]:
    """The rules that a data service whose backup is `on` runs here, and has a name of at most `longest` characters."""
    yield Rule(
        path=("backup", "enabled"),
        broken=all_of(of.is_external, on),
        wrong=f"{of.name} is external, so it is backed up where it runs",
        allowed="set it to false",
    )
    if len(of.name) > longest:
        yield Rule(
            path=("backup", "enabled"),
            broken=on,
            wrong=f"a data service with backups has a name of at most {longest} characters",
            allowed="set it to false, or choose a shorter name in the catalogue",
        )


def persists(of: Instance[Any], on: Condition) -> Iterator[Rule]:
    """The rule that what is backed up is on volumes, to which it can be restored."""
    yield Rule(
        path=("backup", "enabled"),
        broken=all_of(on, opposite(of.values.storage.persistent)),
        wrong=f"{of.path}.storage.persistent is off: the data does not outlast its pod, and nothing can be restored to it",
        allowed=f"set it to false, or switch {of.path}.storage.persistent on",
    )


def restorable(of: Instance[Any], on: Condition, *, path: Path, value: str) -> Iterator[Rule]:
    """The rule that a restore, which the `value` at the `path` asks for, has something to restore from."""
    yield Rule(
        path=path,
        broken=all_of(filled(value), opposite(on)),
        wrong=f"{of.path}.backup.enabled is off, so there is nothing to restore from",
        allowed="remove it, or switch that on",
    )
