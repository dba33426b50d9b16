"""Names, quantities and addresses as Kubernetes writes them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

SERVICE_NAME = r"^[a-z]([-a-z0-9]{0,51}[a-z0-9])?\Z"
"""A DNS label that starts with a letter (RFC 1035, as Services want it), with ten characters left for suffixes."""

NAMESPACE_NAME = r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\Z"
OBJECT_NAME = r"^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?\Z"
OBJECT_NAME_OR_EMPTY = r"^([a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?)?\Z"
API_VERSION = r"^([a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?/)?[a-z]([-a-z0-9]{0,61}[a-z0-9])?\Z"
KIND = r"^[A-Za-z]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?\Z"
DATA_KEY = r"^[-._a-zA-Z0-9]{1,253}\Z"
LABEL_NAME = r"^([a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?\Z"
LABEL_VALUE = r"^([A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?)?\Z"
VARIABLE_NAME = r"^[A-Za-z_][A-Za-z0-9_]*\Z"
QUANTITY = r"^[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?\Z"

REGISTRY = r"^([a-z0-9][-.a-z0-9]*(:[0-9]+)?(/[a-z0-9]+([-._]+[a-z0-9]+)*)*)?\Z"
REPOSITORY = r"^(([a-z0-9][-.a-z0-9]*(:[0-9]+)?/)?[a-z0-9]+([-._/]+[a-z0-9]+)*)?\Z"
NAMES_REGISTRY = r"^(localhost|[^/]*[.:][^/]*)/"
"""A repository whose first part is a registry, as container runtimes read it: with a dot, with a port, or localhost."""

IMAGE_TAG = r"^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?\Z"
"""Shorter than a registry allows: it is a label's value too."""

CHART_VERSION = r"^(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?\Z"
"""SemVer 2.0.0 without build metadata, which labels and tags cannot carry."""

IMAGE_DIGEST = r"^(sha256:[0-9a-f]{64})?\Z"
DOMAIN = r"^[a-z0-9]([-.a-z0-9]*[a-z0-9])?\Z"
NETWORK = r"^[0-9a-fA-F.:]+/[0-9]{1,3}\Z"
EVERYBODY = r"/0+$|^[0:]*:[fF]{4}:[0:.]+/0*96$"
"""A network, written as NETWORK, that holds every address: also all of IPv4 as ::ffff:0:0/96, which Go reads as 0.0.0.0/0."""

PUBLIC_HOST = r"^[A-Za-z0-9]([-.A-Za-z0-9]*[A-Za-z0-9])?(:[0-9]{1,5})?\Z"
HOST_OR_EMPTY = r"^([A-Za-z0-9]([-.A-Za-z0-9]*[A-Za-z0-9])?)?\Z"
URL_PATH = r"^/[^\s\"\\" + "\x85\xa0\u2028\u2029\ufeff" + r"]*\Z"
"""What ends lines, and blanks that only some languages count among `\\s`, are named one by one."""

URL_OPTIONS = r"^([A-Za-z_][A-Za-z0-9_.-]*=[!\x24%'-\[\]-~]*(&[A-Za-z_][A-Za-z0-9_.-]*=[!\x24%'-\[\]-~]*)*)?\Z"
"""Printable ASCII without `\"`, `\\`, and what would end an option or the options: `&` and `#`."""

DURATION = r"^[0-9]+(s|m|h)\Z"
_PRINTABLE = r"[!#%-\[\]-~]"
POSTGRES_NAME = rf"^{_PRINTABLE}([ !#%-\[\]-~]{{0,61}}{_PRINTABLE})?\Z"
"""Names of managed servers hold dots, hyphens, `@`, capitals and even spaces. Kubernetes would expand `$(...)` in a variable."""

RABBITMQ_USER = rf"^{_PRINTABLE}([ !#%-\[\]-~]{{0,253}}{_PRINTABLE})?\Z"
REDIS_COMMAND = r"^[a-z][a-z0-9_.-]*(\|[a-z][a-z0-9-]*)?\Z"
RABBITMQ_SIZE = r"^[0-9]+(MB|GB|MiB|GiB)\Z"

IN_WORDS = {
    SERVICE_NAME: "a name of up to 53 lower-case letters, digits and hyphens that begins with a letter",
    NAMESPACE_NAME: "a name of up to 63 lower-case letters, digits and hyphens",
    OBJECT_NAME: "the name of a Kubernetes object: lower-case letters, digits, hyphens and dots",
    OBJECT_NAME_OR_EMPTY: "the name of a Kubernetes object (lower-case letters, digits, hyphens and dots), or ''",
    API_VERSION: "a version of an API, with its group where it has one, such as v1 or networking.k8s.io/v1",
    KIND: "a kind, such as ConfigMap",
    DATA_KEY: "a key of a Secret: letters, digits, hyphens, underscores and dots",
    LABEL_NAME: "a name such as team or example.com/team: up to 63 letters, digits, hyphens, underscores and dots",
    LABEL_VALUE: "a label's value: up to 63 letters, digits, hyphens, underscores and dots",
    VARIABLE_NAME: "a variable's name: letters, digits and underscores",
    QUANTITY: "a quantity in quotes, such as '250m', '2', '512Mi'",
    REGISTRY: "a registry with its path, such as registry.example.com/team, or ''",
    REPOSITORY: "a repository without its tag, such as busybox or registry.example.com/team/web, or ''",
    IMAGE_TAG: "a tag of up to 63 letters, digits, hyphens, underscores and dots, in quotes where it looks like a number: '16'",
    CHART_VERSION: "a version such as 1.2.3 or 1.2.3-rc.1",
    IMAGE_DIGEST: "sha256: and 64 hexadecimal digits, or ''",
    DOMAIN: "a DNS domain in lower case, such as cluster.local",
    NETWORK: "a network such as 10.1.2.0/24",
    PUBLIC_HOST: "a host, with a port where it is not the usual one, such as castiel.example or localhost:3000",
    HOST_OR_EMPTY: "a DNS name or an IPv4 address, without a port",
    URL_PATH: "a path that begins with /, such as /health",
    URL_OPTIONS: "options such as pool_timeout=10&sslmode=require, anything unusual percent-encoded, or ''",
    DURATION: "a duration such as 30s, 15m, 1h",
    POSTGRES_NAME: "up to 63 printable ASCII characters, but no double quote, backslash, dollar sign or outer space",
    RABBITMQ_USER: "up to 255 printable ASCII characters, but no double quote, backslash, dollar sign or outer space",
    REDIS_COMMAND: "a command such as keys, or client|list",
    RABBITMQ_SIZE: "a size such as 512MB or 2GiB",
}
"""What each pattern accepts, for errors."""


def portable(pattern: str) -> str:
    """A pattern as JSON Schema writes it; in Python `$` would also match before a last line break."""
    return pattern.replace(r"\Z", "$")


_DECIMAL = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_BINARY = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}


def quantity(text: str | int) -> Decimal:
    """A Kubernetes quantity as a number: cores for CPU, bytes for memory. `text` matches QUANTITY."""
    number, unit = re.fullmatch(r"([0-9.]+)([A-Za-z]*)", str(text)).groups()  # type: ignore[union-attr]
    return Decimal(number) / 1000 if unit == "m" else Decimal(number) * (_DECIMAL | _BINARY)[unit]


def is_cidr(text: str, *, version: int | None = None) -> bool:
    """Whether `text` is a network such as 10.0.0.0/8 or fd00::/8, of that version of IP, with no bit set behind the prefix."""
    try:
        return "/" in text and ipaddress.ip_network(text).version in (version or 4, version or 6)
    except ValueError:
        return False


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def joined(cidrs: Iterable[str]) -> Iterator[Network]:
    """Networks as few as possible that hold the same addresses; each of `cidrs` is one, as `is_cidr` tells."""
    networks = [ipaddress.ip_network(cidr) for cidr in cidrs]
    yield from ipaddress.collapse_addresses(one for one in networks if isinstance(one, ipaddress.IPv4Network))
    yield from ipaddress.collapse_addresses(one for one in networks if isinstance(one, ipaddress.IPv6Network))


def upper_snake(name: str) -> str:
    """`mcp-server` as a part of a variable's name: `MCP_SERVER`."""
    return name.replace("-", "_").upper()
