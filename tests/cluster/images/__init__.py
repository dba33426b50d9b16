"""Images built from real programs and imported under exactly the names that manifests use.

Container images cannot be had from package registries, so each is one layer of packages. Built archives are kept in the
cache, keyed by the sources of this package.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import yaml

from tests.cluster.images import operators, servers, small
from tests.cluster.images.archive import Configuration, Layer, write_image
from tests.cluster.paths import HERE
from tests.cluster.paths import cache as cache_folder
from tests.cluster.tools import operators as operator_tools
from tests.cluster.tools import tools

Builder = Callable[[], tuple[Layer, Configuration]]

# The last elements of an image's name, without registry and tag → what stands in for it. The first match counts.
_BUILDERS: tuple[tuple[str, str, Builder], ...] = (
    (r"ghcr\.io/cloudnative-pg/cloudnative-pg", "cloudnative-pg", operators.cloudnative_pg),
    (r"ghcr\.io/cloudnative-pg/plugin-barman-cloud", "barman-cloud", operators.barman_cloud),
    (r"ghcr\.io/cloudnative-pg/plugin-barman-cloud-sidecar", "barman-cloud-sidecar", operators.barman_cloud_sidecar),
    (r"castiel\.test/cloudnative-postgres", "cloudnative-postgres", operators.cloudnative_postgres),
    (r"(.*/)?postgres(ql)?", "postgres", servers.postgres),
    (r"castiel\.test/postgres-17", "postgres-17", servers.postgres_17),
    (r"castiel\.test/postgres-tls", "postgres-tls", servers.postgres_tls),
    (r"(.*/)?postgres-patroni", "postgres-patroni", servers.postgres_patroni),
    (r"(.*/)?pgbouncer", "pgbouncer", servers.pgbouncer),
    (r"rabbitmqoperator/cluster-operator", "rabbitmq-operator", operators.rabbitmq),
    (r"(.*/)?rabbitmq", "rabbitmq", servers.rabbitmq),
    (r"castiel\.test/rabbitmq-4", "rabbitmq-4", servers.rabbitmq_4),
    (r"(.*/)?(redis|valkey)", "redis", servers.redis),
    (r"castiel\.test/redis-8", "redis-8", servers.redis_8),
    (r"castiel\.test/valkey-8", "valkey-8", servers.valkey_8),
    (r"(.*/)?busybox", "busybox", small.busybox),
    (r"(.*/)?curl(images/curl)?", "curl", small.curl),
    (r"(.*/)?rclone", "rclone", small.rclone),
    (r"castiel\.test/pause", "pause", small.pause),
    (r"castiel\.test/coredns", "coredns", small.coredns),
    (r"castiel\.test/metrics-server", "metrics-server", small.metrics_server),
    (r"(.*/)?(castiel|shop)/.+|castiel\.test/standin", "standin", small.standin),
    (r"ghcr\.io/open-telemetry/demo", "astronomy-shop", small.astronomy_shop),
    (r".*/microservices-demo/.+|docker\.langfuse\.com/.+|clickhouse/clickhouse-server|chrislusf/seaweedfs", "guest", small.guest),
    (r".*/(opentelemetry-collector-contrib|flagd|jaeger|grafana|prometheus|firepit)", "guest", small.guest),
)


def builder_of(name: str) -> tuple[str, Builder]:
    """What stands in for an image, by its name. Raises ValueError for one that nothing stands in for."""
    repository = re.sub(r"(:[^/:@]+)?(@.*)?$", "", name)
    for pattern, kind, builder in _BUILDERS:
        if re.fullmatch(pattern, repository):
            return kind, builder
    raise ValueError(f"nothing stands in for the image {name}; add a builder to {__name__}")


def image_names(folder: Path) -> set[str]:
    """Every image that the manifests directly in a folder name."""
    found: set[str] = set()
    for path in sorted(folder.glob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            found |= names_in(document)
    return found


def names_in(value: object) -> set[str]:
    """The images of every container below a value of a manifest."""
    found: set[str] = set()
    match value:
        case dict():
            for key, item in value.items():
                if key in {"containers", "initContainers"} and isinstance(item, list):
                    found |= {one["image"] for one in item if isinstance(one, dict) and "image" in one}
                found |= names_in(item)
        case list():
            for item in value:
                found |= names_in(item)
    return found


def full_name(name: str) -> str:
    """The name as the container runtime keeps it: with registry, folder and tag."""
    first, _, rest = name.partition("/")
    if not rest:
        name = f"docker.io/library/{name}"
    elif "." not in first and ":" not in first and first != "localhost":
        name = f"docker.io/{name}"
    return name if re.search(r"(:[^/]+|@.+)$", name.rsplit("/", 1)[-1]) else f"{name}:latest"


def archive_of(name: str, environment: Mapping[str, str] | None = None, *, with_curl: bool = False) -> tuple[Path, str]:
    """The archive of what stands in for an image, built when it is not in the cache, and the name inside it.

    ``environment`` is added to what the image itself sets: so a test tells a service something (``HOLD``) although
    not a line of the manifests is changed. ``with_curl`` gives a service's image curl and a shell, which health checks
    inside a container need. Raises ValueError for an unknown image.
    """
    kind, builder = builder_of(name)
    if with_curl and builder is small.standin:
        kind, builder = "standin-with-curl", small.standin_with_curl
    added = dict(environment or {})
    key = hashlib.sha256(f"{_sources(kind)}{sorted(added.items())}".encode()).hexdigest()[:12]
    inner = f"castiel.test/built/{kind}:{key}"
    path = cache_folder() / "images" / f"{kind}-{key}.tar"
    if not path.exists():
        layer, configuration = _built(builder)
        configuration = replace(configuration, environment=(*configuration.environment, *sorted(added.items())))
        write_image(path, name=inner, layer=layer, configuration=configuration)
    return path, inner


@cache
def _built(builder: Builder) -> tuple[Layer, Configuration]:
    """What a builder makes: many images differ by their variables alone."""
    return builder()


@cache
def _sources(kind: str) -> str:
    """The hash of all that decides the content of an image of this kind, but for the packages' own updates."""
    digest = hashlib.sha256(Path("/etc/os-release").read_bytes())
    folders = [HERE / "images", HERE / "images" / "scripts"]
    folders += [small.STANDIN_SOURCE] if kind in {"standin", "standin-with-curl", "guest", "astronomy-shop", "pause"} else []
    for path in sorted(path for folder in folders for path in folder.iterdir() if path.is_file()):
        digest.update(path.read_bytes())
    for one in [*tools(), *operator_tools()]:
        if kind in {one.name, f"{one.name}-sidecar"}:
            digest.update(str(one.path).encode())
    return digest.hexdigest()
