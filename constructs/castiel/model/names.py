"""Names, quantities and addresses as Kubernetes writes them."""

from __future__ import annotations

import ipaddress
import re
from decimal import Decimal

SERVICE_NAME = r"^[a-z]([-a-z0-9]{0,51}[a-z0-9])?$"
"""A DNS label that starts with a letter (RFC 1035, as Services want it), with ten characters left for suffixes."""

VARIABLE_NAME = r"^[A-Za-z_][A-Za-z0-9_]*$"
QUANTITY = r"^[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$"

_DECIMAL = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_BINARY = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}


def quantity(text: str | int) -> Decimal:
    """A Kubernetes quantity as a number: cores for CPU, bytes for memory. `text` matches QUANTITY."""
    number, unit = re.fullmatch(r"([0-9.]+)([A-Za-z]*)", str(text)).groups()  # type: ignore[union-attr]
    return Decimal(number) / 1000 if unit == "m" else Decimal(number) * (_DECIMAL | _BINARY)[unit]


def is_cidr(text: str) -> bool:
    """Whether `text` is a network such as 10.0.0.0/8 or fd00::/8, with no bit set behind the prefix."""
    try:
        return "/" in text and bool(ipaddress.ip_network(text))
    except ValueError:
        return False


def upper_snake(name: str) -> str:
    """`mcp-server` as a part of a variable's name: `MCP_SERVER`."""
    return name.replace("-", "_").upper()
