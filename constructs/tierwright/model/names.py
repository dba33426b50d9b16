"""Names, quantities and addresses as Kubernetes writes them, as patterns."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator

_PARTS: dict[str, tuple[str, str]] = {}
_SIZES: dict[str, tuple[int, int]] = {}


def _within(length: str, shape: str) -> str:
    """A pattern for the length and the shape of a text. Go's patterns cannot express both at once: see `parts`."""
    pattern = f"^(?={length}){shape}"
    _PARTS[pattern] = (f"^{length}", f"^{shape}")
    return pattern


def sized(least: int, most: int, shape: str) -> str:
    """A pattern for a line of `least` to `most` characters. It is `_within`, but JSON Schema has words for these lengths."""
    pattern = _within(rf".{{{least},{most}}}\Z", shape)
    _SIZES[pattern] = least, most
    return pattern


_DNS_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_DNS_NAME = rf"{_DNS_LABEL}(\.{_DNS_LABEL})*"
_PORT = "(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?"
_OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
IPV4, _IPV6 = rf"{_OCTET}(\.{_OCTET}){{3}}", "[0-9a-fA-F:]{2,39}"
_LAST_LABEL = "([0-9][-0-9]*)?[A-Za-z]([-A-Za-z0-9]*[A-Za-z0-9])?"  # what ends in a number is taken for an address
_HOST = rf"({IPV4}|({_DNS_LABEL.replace('a-z', 'A-Za-z')}\.)*{_LAST_LABEL})"
_WORD = "[A-Za-z0-9]([-_.A-Za-z0-9]*[A-Za-z0-9])?"
_QUALIFIED = "[A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?"
_FOLDER = r"\.{0,2}[!#-\-0-9;-\[\]-~][!#-.0-9;-\[\]-~]*"  # printable, but no blank, quote, colon or backslash; neither . nor ..
_DATA_KEY = r"\.?[-_a-zA-Z0-9][-._a-zA-Z0-9]*"
_IMAGE_PATH = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*"

GROUP = r"([^/]{1,253}/)?[^/]{1,63}\Z"
"""The lengths of a qualified name: of its group, where it has one, and of the rest."""
_SERVICE, _PORT_LABEL = r"[a-z]([-a-z0-9]{0,51}[a-z0-9])?", r"(?=.{1,15}\Z)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*"
SERVICE_NAME = sized(1, 53, r"[a-z]([-a-z0-9]*[a-z0-9])?\Z")
"""A DNS label that starts with a letter (RFC 1035, as Services want it), with ten characters left for suffixes."""

NAMESPACE_NAME = sized(1, 63, rf"{_DNS_LABEL}\Z")
OBJECT_NAME = sized(1, 253, rf"{_DNS_NAME}\Z")
OBJECT_NAME_OR_EMPTY = sized(0, 253, rf"({_DNS_NAME})?\Z")
API_VERSION = _within(GROUP, r"([a-z0-9]([-.a-z0-9]*[a-z0-9])?/)?[a-z]([-a-z0-9]*[a-z0-9])?\Z")
KIND = sized(1, 63, r"[A-Za-z]([-A-Za-z0-9]*[A-Za-z0-9])?\Z")
DATA_KEY = sized(1, 253, rf"{_DATA_KEY}\Z")
DATA_KEY_OR_EMPTY = sized(0, 253, rf"({_DATA_KEY})?\Z")
PORT_NAME = rf"^{_PORT_LABEL}\Z"
TARGET = rf"^{_SERVICE}(:{_PORT_LABEL})?\Z"
"""What a service reaches: NAME, or NAME:PORT for a further port of a service."""

LABEL_NAME = _within(GROUP, rf"({_DNS_NAME}/)?{_WORD}\Z")
LABEL_VALUE = sized(0, 63, rf"({_WORD})?\Z")
MOUNT_PATH = rf"^(/{_FOLDER})+\Z"
VOLUME_OF_SERVICE = r"^[a-z]([-a-z0-9]{0,51}[a-z0-9])?\.[a-z]([-a-z0-9]{0,51}[a-z0-9])?\Z"
SHELL_NAME = r"^[A-Za-z_][A-Za-z0-9_]*\Z"
VARIABLE_NAME = r"^[A-Za-z_][A-Za-z0-9_.-]*\Z"
"""Some programs read their settings from variables that no shell can set, such as `discovery.type`."""

WHOLE_NUMBER = r"^(0|[1-9][0-9]{0,17})\Z"

CPU = r"^((0|[1-9][0-9]{0,5})(\.[0-9]{1,3})?|(0|[1-9][0-9]{0,8})m)\Z"
"""Cores down to a thousandth; the API server rounds finer amounts."""

_HALVES = r"\.(5|25|75|125|375|625|875)"  # of a kibi-anything these are whole
_DECIMALS = r"\.[0-9]{0,2}[1-9]"
_SIZE = "|".join(
    (
        "[1-9][0-9]{6,14}",
        "[1-9][0-9]{3,11}(k|Ki)",
        rf"[1-9][0-9]{{0,8}}(({_HALVES})?Mi|({_DECIMALS})?M)",
        rf"[1-9][0-9]{{0,5}}(({_HALVES})?(Gi|Ti)|({_DECIMALS})?(G|T))",
        rf"0({_HALVES}(Gi|Ti)|{_DECIMALS}(G|T))",
    )
)
BYTES = rf"^(0|{_SIZE})\Z"
"""Whole bytes that 64 bits can count, and nothing between 0 and 1 MB: `512m` is half a byte, and in `512` no program starts."""

SIZE = rf"^({_SIZE})\Z"
"""As BYTES, without 0: the API server refuses a volume of it, and takes it for no limit elsewhere."""

HUGE_PAGES = r"^hugepages-[1-9][0-9]{0,5}(Ki|Mi|Gi)\Z"
EXTENDED_RESOURCE = rf"^{_DNS_NAME}/{_QUALIFIED}\Z"
"""The name of a device of a node; it begins with the domain of the plugin's maker."""

QUANTITY = r"^(0|[1-9][0-9]{0,14})(\.[0-9]{1,3})?(m|k|M|G|T|Ki|Mi|Gi|Ti)?\Z"
"""An amount of anything; the key of the quota says of what."""

QUOTA_NAME = _within(
    GROUP,
    r"(((requests|limits)\.)?(cpu|memory|ephemeral-storage)|requests\.storage|(requests\.)?hugepages-[1-9][0-9]{0,5}(Ki|Mi|Gi)"
    r"|pods|services(\.(nodeports|loadbalancers))?|configmaps|secrets|persistentvolumeclaims|replicationcontrollers|resourcequotas"
    r"|count/[a-z0-9]([-.a-z0-9]*[a-z0-9])?"
    rf"|{_DNS_NAME}\.storageclass\.storage\.k8s\.io/(requests\.storage|persistentvolumeclaims)"
    rf"|{_DNS_NAME}\.deviceclass\.resource\.k8s\.io/devices"
    rf"|requests\.{_DNS_NAME}/{_WORD})\Z",
)
"""https://kubernetes.io/docs/concepts/policy/resource-quotas/. The API server also takes names that nothing counts."""

REGISTRY = sized(0, 127, rf"({_DNS_NAME}{_PORT}(/{_IMAGE_PATH})*)?\Z")
REPOSITORY = sized(0, 127, rf"(({_DNS_NAME}{_PORT}/)?{_IMAGE_PATH}(/{_IMAGE_PATH})*)?\Z")
"""As https://pkg.go.dev/github.com/distribution/reference; both together stay below the 255 characters that are allowed."""

NAMES_REGISTRY = r"^(localhost|[^/]*[.:][^/]*)/"
"""A repository whose first part is a registry, as container runtimes read it: with a dot, with a port, or localhost."""

IMAGE_TAG = sized(1, 128, r"[A-Za-z0-9_][A-Za-z0-9_.-]*\Z")
"""As registries allow it; a label's value is shorter."""

CHART_VERSION = r"^(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?\Z"
"""SemVer 2.0.0 without build metadata, which labels and tags cannot carry."""

IMAGE_DIGEST = r"^(sha256:[0-9a-f]{64})?\Z"
DOMAIN = sized(1, 150, rf"{_DNS_NAME}\Z")
NETWORK = rf"^({IPV4}/(3[0-2]|[12]?[0-9])|{_IPV6}/(12[0-8]|1[01][0-9]|[1-9]?[0-9]))\Z"
INTERNAL_NETWORK = rf"^({IPV4}/(3[0-2]|[12][0-9]|[1-9])|{_IPV6}/(12[0-8]|1[01][0-9]|[1-9][0-9]?))\Z"
"""Any network but the complete internet: a policy can only subtract smaller networks from its block."""
EVERYBODY = r"/0+$|^[0:]*:[fF]{4}:[0:.]+/0*96$"
"""A network, written as NETWORK, that holds every address: also all of IPv4 as ::ffff:0:0/96, which Go reads as 0.0.0.0/0."""

PUBLIC_HOST = sized(1, 253, rf"{_HOST}{_PORT}\Z")
HOST_OR_EMPTY = sized(0, 253, rf"({_HOST})?\Z")
URL_PATH = r"^/[^\s\"\\" + "\x85\xa0\u2028\u2029\ufeff" + r"]*\Z"
"""Line ends, and blanks that only some languages count among `\\s`, are listed one by one."""

PATH_PREFIX = r"^/([A-Za-z0-9._~%-]+(/[A-Za-z0-9._~%-]+)*)?\Z"
"""One path is written in one way, so that two that are the same can be told."""

URL_OPTIONS = r"^([A-Za-z_][A-Za-z0-9_.-]*=[!\x24%'-\[\]-~]*(&[A-Za-z_][A-Za-z0-9_.-]*=[!\x24%'-\[\]-~]*)*)?\Z"
"""Printable ASCII without `\"`, `\\`, and what would end an option or the options: `&` and `#`."""

PRINTABLE = r"[!#%-\[\]-~]"
"""A character that has no meaning of its own in quotes, URLs or shells."""

DURATION = r"^(0|[1-9][0-9]{0,5})(s|m|h)\Z"

IN_WORDS = {
    SERVICE_NAME: "a name of up to 53 lower-case letters, digits and hyphens that begins with a letter",
    TARGET: "the name of a service or data service, or NAME:PORT for a further port, such as kafka:metrics",
    NAMESPACE_NAME: "a name of up to 63 lower-case letters, digits and hyphens",
    OBJECT_NAME: "the name of a Kubernetes object: lower-case letters, digits, hyphens and dots",
    OBJECT_NAME_OR_EMPTY: "the name of a Kubernetes object (lower-case letters, digits, hyphens and dots), or ''",
    API_VERSION: "a version of an API, with its group where it has one, such as v1 or networking.k8s.io/v1",
    KIND: "a kind, such as ConfigMap",
    DATA_KEY: "a key of a Secret: letters, digits, hyphens, underscores and dots, not two dots first",
    DATA_KEY_OR_EMPTY: "a key of a Secret (letters, digits, hyphens, underscores and dots, not two dots first), or ''",
    PORT_NAME: "a name of up to 15 lower-case letters, digits and single hyphens, with a letter among them",
    LABEL_NAME: "a name such as team or example.com/team: up to 63 letters, digits, hyphens, underscores and dots",
    LABEL_VALUE: "a label's value: up to 63 letters, digits, hyphens, underscores and dots",
    MOUNT_PATH: "an absolute ASCII path such as /var/cache/app, without blanks, colons, quotes, . and .., and a slash at its end",
    VOLUME_OF_SERVICE: "SERVICE.STORAGE: a service, a dot, and the name of one of its storages",
    SHELL_NAME: "a variable's name: letters, digits and underscores",
    VARIABLE_NAME: "a variable's name: letters, digits, underscores, dots and hyphens, such as PORT or discovery.type",
    WHOLE_NUMBER: "a whole number in quotes",
    CPU: "cores in quotes, such as '250m', '0.5', '2'",
    BYTES: "whole bytes, such as '512Mi', '1.5Gi', '2G'",
    SIZE: "a size in whole bytes, such as '512Mi', '1.5Gi', '2G'",
    HUGE_PAGES: "huge pages such as hugepages-2Mi",
    EXTENDED_RESOURCE: "a device such as nvidia.com/gpu",
    QUANTITY: "a quantity in quotes, such as '20', '500m', '96Gi'",
    QUOTA_NAME: (
        "a name that quotas count, such as requests.cpu, limits.memory, requests.storage, pods, services.nodeports, "
        "count/deployments.apps, requests.nvidia.com/gpu, CLASS.storageclass.storage.k8s.io/requests.storage"
    ),
    REGISTRY: "a registry with its path, such as registry.example.com/team, or ''",
    REPOSITORY: "a repository without its tag, such as busybox or registry.example.com/team/web, or ''",
    IMAGE_TAG: "a tag of up to 128 letters, digits, hyphens, underscores and dots, in quotes where it looks like a number: '16'",
    CHART_VERSION: "a version such as 1.2.3 or 1.2.3-rc.1",
    IMAGE_DIGEST: "sha256: and 64 hexadecimal digits, or ''",
    DOMAIN: "a DNS domain in lower case, such as cluster.local",
    NETWORK: "a network such as 10.1.2.0/24",
    INTERNAL_NETWORK: "a network such as 10.0.0.0/8, smaller than all addresses",
    PUBLIC_HOST: "a host, with a port where it is not the usual one, such as shop.example or localhost:3000",
    HOST_OR_EMPTY: "a DNS name or an IPv4 address, without a port",
    URL_PATH: "a path that begins with /, such as /health",
    PATH_PREFIX: "a path such as / or /shop/api, without a slash at its end",
    URL_OPTIONS: "options such as pool_timeout=10&sslmode=require, anything unusual percent-encoded, or ''",
    DURATION: "a duration such as 30s, 15m, 1h",
}
"""What each pattern accepts, for errors."""

_NAMES = {
    value: name.lower().replace("_", "-") for name, value in [*vars().items()] if isinstance(value, str) and value in IN_WORDS
}


def pattern(name: str, pattern: str, words: str) -> str:
    """A pattern of a component's own. `name` is that in the schemas' definitions, `words` say what it accepts, for errors."""
    IN_WORDS[pattern] = words
    _NAMES[pattern] = name
    return pattern


def patterns() -> Iterator[tuple[str, str]]:
    """Every pattern with its name."""
    yield from _NAMES.items()


def portable(pattern: str) -> str:
    """A pattern as JSON Schema writes it; in Python `$` would also match before a last line break."""
    return pattern.replace(r"\Z", "$")


def parts(pattern: str) -> tuple[str, ...]:
    """Patterns that together accept what `pattern` accepts; Go knows each of them."""
    return _PARTS.get(pattern, (pattern,))


def size_of(pattern: str) -> tuple[int, int] | None:
    """The least and the most characters of a text that `pattern` accepts, where it is `sized`."""
    return _SIZES.get(pattern)


def is_cidr(text: str, *, version: int | None = None) -> bool:
    """Whether `text`, which matches NETWORK, is a network of that version of IP, with no bit set behind the prefix.

    IPv4 networks in the clothes of IPv6, such as ::ffff:a00:0/104, are none: the API server refuses them.
    """
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        return False
    mapped = network.version == 6 and network.network_address.ipv4_mapped is not None
    return not mapped and network.version in (version or 4, version or 6)


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def joined(cidrs: Iterable[str]) -> Iterator[Network]:
    """As few networks as possible with the same addresses; `is_cidr` holds for each of `cidrs`."""
    networks = [ipaddress.ip_network(cidr) for cidr in cidrs]
    yield from ipaddress.collapse_addresses(network for network in networks if isinstance(network, ipaddress.IPv4Network))
    yield from ipaddress.collapse_addresses(network for network in networks if isinstance(network, ipaddress.IPv6Network))


def upper_snake(name: str) -> str:
    """A name as part of a variable's name: `PRICE_LIST` for `price-list`."""
    return name.replace("-", "_").upper()
