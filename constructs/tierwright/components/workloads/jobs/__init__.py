"""Services that end by themselves: their values. Only platforms that have such services have these."""

from __future__ import annotations

from pathlib import Path

from tierwright.components.workloads.jobs.values import JobValues
from tierwright.kit.component import Component
from tierwright.model.catalogue import Catalogue
from tierwright.model.workloads import ends


def _are_wanted(catalogue: Catalogue) -> bool:
    return any(ends(service) for service in catalogue.services.values())


JOBS = Component(
    name="jobs",
    service_values={"job": JobValues},
    defaults=Path(__file__).with_name("defaults.yaml"),
    wanted=_are_wanted,
    lack=("the catalogue has no service with a schedule, or with run: once", "add it there, or remove this"),
)
