"""Operators, and the servers that they run."""

from __future__ import annotations

import platform

from tests.cluster.images.archive import Configuration, Layer
from tests.cluster.images.servers import PATH, debian
from tests.cluster.tools import tool

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_POSTGRES = "usr/lib/postgresql/17/bin"
_BARMAN = (
    *("barman", "boto3", "botocore", "dateutil", "jmespath", "psycopg2", "s3transfer", "six", "urllib3", "requests", "certifi"),
    *("chardet", "charset-normalizer", "idna", "setuptools", "autocommand", "importlib-metadata", "inflect", "jaraco.context"),
    *("jaraco.functools", "jaraco.text", "more-itertools", "pkg-resources", "typeguard", "typing-extensions", "zipp"),
)
"""The packages of Python on which Barman depends, as far as it needs them for a bucket of S3."""


def cloudnative_pg() -> tuple[Layer, Configuration]:
    """CloudNativePG's operator, whose one program is also that of the members."""
    layer = _bare()
    # It looks there for the architectures that it can bring to members.
    program = f"operator/manager_{_ARCHITECTURES[platform.machine()]}"
    layer.file(program, tool("cloudnative-pg"), mode=0o755)
    layer.link("manager", program)
    return layer, Configuration(entrypoint=("/manager",), user="10001")


def barman_cloud() -> tuple[Layer, Configuration]:
    """The plugin of CloudNativePG that backs up into buckets: the part beside the operator."""
    layer = _bare()
    layer.file("manager", tool("barman-cloud"), mode=0o755)
    return layer, Configuration(entrypoint=("/manager",), user="65532")


def barman_cloud_sidecar() -> tuple[Layer, Configuration]:
    """The same plugin's part beside each member, with Barman 3.13 of Debian 13."""
    layer = debian(
        *("base-files", "libc-bin", "dash", "coreutils", "tar", "barman-cli-cloud", "ca-certificates"),
        *("python3.13", "python3.13-minimal", "libpython3.13-minimal", "libpython3.13-stdlib"),
        *(f"python3-{name}" for name in _BARMAN),
        release="trixie",
    )
    layer.link("usr/bin/python3", "python3.13")
    # What the package of the authorities does when it is configured on a machine.
    authorities = [
        path for path in sorted(layer.entries) if path.startswith("usr/share/ca-certificates/") and path.endswith(".crt")
    ]
    layer.file("etc/ssl/certs/ca-certificates.crt", b"".join(layer.entries[path][1] for path in authorities))
    layer.file("manager", tool("barman-cloud"), mode=0o755)
    return layer, Configuration(entrypoint=("/manager",), environment=(("PATH", PATH),), user="26")


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
