"""Pieces of the URLs of data services."""

from __future__ import annotations

from tierwright.blueprint import Blueprint
from tierwright.expressions.texts import UrlEncoded
from tierwright.expressions.tokens import Text, expression_of
from tierwright.expressions.tree import choose


def encoded(name: str) -> str:
    """A name of the values as a part of a URL."""
    return Text(UrlEncoded(expression_of(name)))


def server_url(blueprint: Blueprint, name: str, *, scheme: str, user: str = "", password: str) -> str:
    """The URL of a data service: its scheme, with an `s` behind it where it speaks TLS, the user, and the variable `password`."""
    endpoint = blueprint.endpoint(name)
    return f"{scheme}{choose(endpoint.tls, 's', '')}://{user}:$({password})@{endpoint.address}"
