"""Pieces of the URLs of data services."""

from __future__ import annotations

from typing import Any

from tierwright.expressions.conditions import ALWAYS, Condition
from tierwright.expressions.texts import UrlEncoded
from tierwright.expressions.tokens import Text, expression_of
from tierwright.expressions.tree import choose
from tierwright.kit.instance import Instance


def encoded(name: str) -> str:
    """A name of the values as a part of a URL."""
    return Text(UrlEncoded(expression_of(name)))


def server_url(instance: Instance[Any], *, scheme: str, user: str = "", protected: Condition | bool = ALWAYS) -> str:
    """The URL of a data service: its scheme, with an `s` behind it where it speaks TLS, the user, and the password's variable.

    Without either where it is not `protected`.
    """
    endpoint, credentials = instance.endpoint, f"{user}:{instance.password_reference}@"
    return f"{scheme}{choose(endpoint.tls, 's', '')}://{choose(protected, credentials, '')}{endpoint.address}"
