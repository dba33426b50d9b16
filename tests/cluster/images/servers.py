"""PostgreSQL, PgBouncer, RabbitMQ and Redis: real servers that honour what the official images honour."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

from tests.cluster.images.archive import Configuration, Layer
from tests.cluster.images.packages import debian_packages, wheel

SCRIPTS = Path(__file__).parent / "scripts"
_BASE = ("base-files", "libc-bin", "dash", "coreutils", "sed", "grep", "findutils", "mawk", "hostname", "gzip", "gosu")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_POSTGRES = "usr/lib/postgresql/16"
POSTGRES_WHEEL = {
    "project": "pgserver",
    "version": "0.1.4",
    "python": "3.11",
    "platform": "manylinux2014_x86_64",
    "sha256": "d595789b47624a3d963aa9aa6359da9be31beb7e61f1a45541953242068b8813",
}

PATRONI_WHEEL = {
    "project": "patroni",
    "version": "4.1.5",
    "python": "3.11",
    "platform": "any",
    "sha256": "7aad8c1539e6c51c269a8005169dd54ddc7668437b7900fa6099d7894e224c84",
}
# What it needs, as images on Debian have it. Packages of Python are no others' dependencies here, so all of them are named.
_PYTHON = (
    *("python3.11", "python3.11-minimal", "libpython3.11-minimal", "libpython3.11-stdlib", "python3-psycopg2", "python3-yaml"),
    *("python3-urllib3", "python3-six", "python3-dateutil", "python3-psutil", "python3-click", "python3-prettytable"),
    *("python3-wcwidth", "python3-cdiff"),
)
_PROGRAM = """\
#!/usr/bin/python3.11
import sys

from patroni.{module} import {function}

if __name__ == "__main__":  # Patroni starts itself anew
    sys.exit({function}())
"""


# Debian 12 has one that does not know PostgreSQL 16. That of Debian 13 needs the libraries of Debian 13, and so a loader.
_PGBACKREST = (
    *("libbz2-1.0", "libc6", "libcom-err2", "libgcc-s1", "libgssapi-krb5-2", "libk5crypto3", "libkeyutils1", "libkrb5-3"),
    *("libkrb5support0", "libldap2", "liblz4-1", "liblzma5", "libpq5", "libsasl2-2", "libssh2-1t64", "libssl3t64", "libxml2"),
    *("libxxhash0", "libzstd1", "pgbackrest", "zlib1g"),
)
PGBACKREST = """\
#!/bin/sh
libraries={root}/usr/lib/x86_64-linux-gnu
exec "$libraries/ld-linux-x86-64.so.2" --argv0 "$0" --library-path "$libraries" {root}/usr/bin/pgbackrest "$@"
"""
"""A program that starts the one below `root`; it starts itself anew by its own name."""


def pgbackrest_packages() -> list[Path]:
    """The packages of pgBackRest 2.55.1, which belong below a root of their own."""
    packages = debian_packages("pgbackrest", release="trixie")
    return [path for path in packages if path.name.split("_", 1)[0] in _PGBACKREST]


def debian(*packages: str, release: str = "") -> Layer:
    """A layer with a Debian userland of these packages; ``release`` is the code name of another Debian than the machine's."""
    layer = Layer()
    layer.debian_root()
    for package in debian_packages(*packages, release=release):
        layer.package(package)
    layer.file("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n")
    layer.entries.pop("etc/resolv.conf", None)
    layer.link("bin/sh", "dash")
    return layer


def postgres() -> tuple[Layer, Configuration]:
    """PostgreSQL 16, user 999."""
    layer = debian(*_BASE, "bash", "zlib1g", "xz-utils", "util-linux")
    layer.account("postgres", user=999, group=999, home="/var/lib/postgresql")
    with zipfile.ZipFile(wheel(**POSTGRES_WHEEL)) as archive:
        for item in archive.infolist():
            _, _, below = item.filename.partition("pgserver/pginstall/")
            if item.is_dir() or below.startswith(("include", "lib/pkgconfig", "lib/postgresql/pgxs")):
                continue
            if item.filename.startswith("pgserver.libs/"):
                layer.file(f"usr/lib/{item.filename}", archive.read(item))
            elif below and not below.endswith(".a"):
                content = archive.read(item)
                if below.endswith("postgresql.conf.sample"):
                    # Debian's and the official image's socket folder; this build's own would be /tmp.
                    content += b"\nunix_socket_directories = '/var/run/postgresql'\n"
                    content = content.replace(b"#listen_addresses = 'localhost'", b"listen_addresses = '*'")
                mode = 0o755 if below.startswith("bin/") else (item.external_attr >> 16 & 0o755) or stat.S_IRUSR | 0o644
                layer.file(f"{_POSTGRES}/{below}", content, mode=mode)
    return _with_entry_point(layer, "16", _POSTGRES)


def postgres_tls() -> tuple[Layer, Configuration]:
    """PostgreSQL 15 of Debian, which can TLS, with Patroni; that of the others was built without."""
    layer = debian(*_BASE, "bash", "util-linux", "postgresql-15", "libpam0g", "libaudit1")
    layer.account("postgres", user=999, group=999, home="/var/lib/postgresql")
    _listening_everywhere(layer, "15")
    return _with_patroni(*_with_entry_point(layer, "15", "usr/lib/postgresql/15"))


def postgres_17() -> tuple[Layer, Configuration]:
    """PostgreSQL 17 of Debian 13, user 999."""
    layer = debian(*_BASE, "bash", "util-linux", "postgresql-17", "libpam0g", "libaudit1", release="trixie")
    layer.account("postgres", user=999, group=999, home="/var/lib/postgresql")
    _listening_everywhere(layer, "17")
    return _with_entry_point(layer, "17", "usr/lib/postgresql/17")


def _listening_everywhere(layer: Layer, major: str) -> None:
    """What new databases have in the official image, in place of what Debian gives them."""
    sample = f"usr/share/postgresql/{major}/postgresql.conf.sample"
    layer.file(sample, layer.entries[sample][1].replace(b"#listen_addresses = 'localhost'", b"listen_addresses = '*'"))


def _with_entry_point(layer: Layer, major: str, home: str) -> tuple[Layer, Configuration]:
    layer.folder("var/lib/postgresql", user=999, group=999, mode=0o1777)
    layer.folder("var/lib/postgresql/data", user=999, group=999, mode=0o1777)
    layer.folder("run/postgresql", user=999, group=999, mode=0o3777)
    layer.folder("docker-entrypoint-initdb.d")
    layer.file("usr/local/bin/docker-entrypoint.sh", SCRIPTS / "postgres.sh", mode=0o755)
    return layer, Configuration(
        entrypoint=("docker-entrypoint.sh",),
        command=("postgres",),
        environment=(
            ("PATH", f"{PATH}:/{home}/bin"),
            ("PG_MAJOR", major),
            ("PGDATA", "/var/lib/postgresql/data"),
            ("PGHOST", "/var/run/postgresql"),
            ("LANG", "C.UTF-8"),
        ),
        stop_signal="SIGINT",
        volumes=("/var/lib/postgresql/data",),
    )


def postgres_patroni() -> tuple[Layer, Configuration]:
    """The same with Patroni and pgBackRest."""
    return _with_patroni(*postgres())


def _with_patroni(layer: Layer, configuration: Configuration) -> tuple[Layer, Configuration]:
    for package in debian_packages(*_PYTHON):
        layer.package(package)
    with zipfile.ZipFile(wheel(**PATRONI_WHEEL)) as archive:
        for item in archive.infolist():
            if not item.is_dir():
                layer.file(f"usr/lib/python3/dist-packages/{item.filename}", archive.read(item))
    for name, module, function in (("patroni", "__main__", "main"), ("patronictl", "ctl", "ctl")):
        layer.file(f"usr/bin/{name}", _PROGRAM.format(module=module, function=function), mode=0o755)
    layer.link("usr/bin/python3", "python3.11")
    own = Layer()
    for package in pgbackrest_packages():
        own.package(package)
    layer.below("opt/pgbackrest", own)
    layer.file("usr/bin/pgbackrest", PGBACKREST.format(root="/opt/pgbackrest"), mode=0o755)
    return layer, configuration


def pgbouncer() -> tuple[Layer, Configuration]:
    """PgBouncer 1.24 and psql of Debian 13, user 998, group 996."""
    # What it links to and what is left out of other images.
    linked = ("libpam0g", "libaudit1", "libcap-ng0")
    layer = debian(*_BASE, "pgbouncer", "postgresql-client-17", *linked, release="trixie")
    layer.account("pgbouncer", user=998, group=996, home="/")
    layer.link("usr/bin/psql", "/usr/lib/postgresql/17/bin/psql")  # in place of Debian's wrapper, which is in Perl
    return layer, Configuration(command=("pgbouncer", "--version"), environment=(("PATH", PATH),), user="998")


def rabbitmq(release: str = "") -> tuple[Layer, Configuration]:
    """RabbitMQ of Debian with the management and Prometheus plugins switched on, user 999."""
    layer = debian(*_BASE, "bash", "rabbitmq-server", "procps", "util-linux", release=release)
    layer.account("rabbitmq", user=999, group=999, home="/var/lib/rabbitmq")
    home = "/" + next(path for path in sorted(layer.entries) if path.startswith("usr/lib/rabbitmq/lib/rabbitmq_server-"))
    layer.link("opt/rabbitmq", home)
    # Debian's wrappers want root and its init system; the scripts behind them are what the official image runs.
    for path in [path for path in layer.entries if path.startswith("usr/sbin/rabbitmq")]:
        del layer.entries[path]
    layer.folder("var/lib/rabbitmq", user=999, group=999, mode=0o1777)
    # Its package leaves this one to root; an engine copies what is at a volume's path into the volume.
    layer.entries.pop("var/lib/rabbitmq/mnesia")
    layer.folder("var/log/rabbitmq", user=999, group=999, mode=0o1777)
    layer.folder("etc/rabbitmq", user=999, group=999, mode=0o1777)
    layer.folder("etc/rabbitmq/conf.d", user=999, group=999)
    layer.entries.pop("etc/rabbitmq/rabbitmq-env.conf", None)
    layer.file("etc/rabbitmq/enabled_plugins", "[rabbitmq_management,rabbitmq_prometheus].\n", user=999, group=999)
    layer.file("etc/rabbitmq/conf.d/10-defaults.conf", "loopback_users.guest = false\nlog.console = true\n", user=999)
    layer.file("usr/local/bin/docker-entrypoint.sh", SCRIPTS / "rabbitmq.sh", mode=0o755)
    return layer, Configuration(
        entrypoint=("docker-entrypoint.sh",),
        command=("rabbitmq-server",),
        environment=(
            ("PATH", f"/opt/rabbitmq/sbin:{PATH}"),
            ("RABBITMQ_DATA_DIR", "/var/lib/rabbitmq"),
            ("RABBITMQ_HOME", "/opt/rabbitmq"),
            ("RABBITMQ_LOGS", "-"),
            ("HOME", "/var/lib/rabbitmq"),
            ("LANG", "C.UTF-8"),
            ("LC_ALL", "C.UTF-8"),
        ),
        volumes=("/var/lib/rabbitmq",),
    )


def rabbitmq_4() -> tuple[Layer, Configuration]:
    """RabbitMQ 4.0, of Debian 13."""
    return rabbitmq("trixie")


def redis(*packages: str, release: str = "") -> tuple[Layer, Configuration]:
    """Redis 7, or what these packages have in its place, user 999, group 1000.

    As the Alpine image it has no bash, and the `timeout` of BusyBox.
    """
    layer = debian(*_BASE, *(packages or ("redis-server", "redis-tools")), "busybox", "util-linux", release=release)
    layer.link("usr/bin/awk", "mawk")
    layer.link("usr/local/bin/timeout", "/usr/bin/busybox")
    layer.account("redis", user=999, group=1000, home="/home/redis")
    layer.folder("data", user=999, group=1000)
    layer.file("usr/local/bin/docker-entrypoint.sh", SCRIPTS / "redis.sh", mode=0o755)
    return layer, Configuration(
        entrypoint=("docker-entrypoint.sh",),
        command=("redis-server",),
        environment=(("PATH", PATH),),
        folder="/data",
        volumes=("/data",),
    )


def redis_8() -> tuple[Layer, Configuration]:
    """Redis 8.0, of Debian 13."""
    return redis(release="trixie")


def valkey_8() -> tuple[Layer, Configuration]:
    """Valkey 8.1, of Debian 13, with the links of the official image."""
    layer, configuration = redis("valkey-server", "valkey-tools", release="trixie")
    for program in ("server", "cli", "sentinel"):
        layer.link(f"usr/bin/redis-{program}", f"valkey-{program}")
    return layer, configuration
