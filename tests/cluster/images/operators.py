"""Operators, and the servers that they run."""

from __future__ import annotations

import platform

from tests.cluster.images.archive import Configuration, Layer
from tests.cluster.images.servers import PATH, debian
from tests.cluster.tools import tool

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_POSTGRES = "usr/lib/postgresql/17/bin"


def cloudnative_pg() -> tuple[Layer, Configuration]:
    """CloudNativePG's operator, whose one program is also that of the members."""
    layer = _bare()
    # It looks there for the architectures that it can bring to members.
    program = f"operator/manager_{_ARCHITECTURES[platform.machine()]}"
    layer.file(program, tool("cloudnative-pg"), mode=0o755)
    layer.link("manager", program)
    return layer, Configuration(entrypoint=("/manager",), user="10001")


def rabbitmq() -> tuple[Layer, Configuration]:
    """RabbitMQ's Cluster Operator, whose servers run the same image as any other."""
    layer = _bare()
    layer.file("manager", tool("rabbitmq-operator"), mode=0o755)
    return layer, Configuration(entrypoint=("/manager",), user="1000")


def _bare() -> Layer:
    """A root without programs."""
    layer = Layer()
    for folder in ("etc", "proc", "sys", "dev", "run"):
        layer.folder(folder)
    layer.folder("tmp", mode=0o1777)
    layer.file("etc/nsswitch.conf", "hosts: files dns\n")
    return layer


def cloudnative_postgres() -> tuple[Layer, Configuration]:
    """PostgreSQL 17 of Debian 13, user 26, with TLS: what the operator's own images have of it, and nothing else."""
    layer = debian(
        *("base-files", "libc-bin", "dash", "bash", "coreutils", "sed", "grep", "findutils", "mawk", "hostname", "gzip"),
        *("postgresql-17", "postgresql-client-17", "zlib1g", "libssl3t64", "libpam0g", "libaudit1"),
        release="trixie",
    )
    layer.account("postgres", user=26, group=26, home="/var/lib/postgresql")
    layer.folder("var/lib/postgresql", user=26, group=26, mode=0o1777)
    return layer, Configuration(environment=(("PATH", f"/{_POSTGRES}:{PATH}"), ("LANG", "C.UTF-8")), user="26")
