"""What most services are like. The parts of their pods that follow from it are named templates of the chart."""

from __future__ import annotations

from functools import cache

import msgspec

from tierwright.kit.probes import HTTP
from tierwright.model.catalogue import Catalogue
from tierwright.model.mounts import trusting
from tierwright.model.service import Service
from tierwright.model.workloads import workload_of

USUAL = Service(tier="", port=80)
"""A service such as most are. Of its catalogue's entry, the named templates know this alone."""


def has_usual_command(service: Service) -> bool:
    """Whether it runs what its image or its values say."""
    return not (service.command or service.args)


def has_usual_health(service: Service) -> bool:
    """Whether it is asked over HTTP, on the port of that name."""
    handler = service.probe_handler
    return handler.kind == "http" and handler.port is not None and handler.port.name == HTTP


def has_usual_volumes(catalogue: Catalogue, service: Service) -> bool:
    """Whether it may write to /tmp alone, and mounts nothing else."""
    return catalogue.has_tmp(service) and not (service.writable or service.files or service.storage or service.volumes)


def usual_volumes(catalogue: Catalogue, service: Service) -> tuple[str, Service]:
    """What follows the name of a template of usual volumes, and a service that has the same: one with the CAs that it needs."""
    trusted = tuple(trusting(catalogue, service))
    return "".join(f".{name}" for name in trusted), _usual_with(trusted)


@cache
def _usual_with(needs: tuple[str, ...]) -> Service:
    """The same each time, so that what is made of it is known to be the same."""
    return msgspec.structs.replace(USUAL, needs=[*needs])


def has_usual_pods(service: Service) -> bool:
    """Whether others connect to its pods, which are several, alike, and can be anywhere."""
    is_usual = workload_of(service) == workload_of(USUAL) and bool(service.all_ports)
    return is_usual and not (service.singleton or service.volumes)
