"""Redis, on the official image."""

from __future__ import annotations

from pathlib import Path

from tierwright.blueprint import Blueprint
from tierwright.components.data.redis.server import NAME, declare
from tierwright.components.data.redis.values import RedisValues
from tierwright.kit.component import Component
from tierwright.kit.urls import server_url
from tierwright.model.part import Connection
from tierwright.model.platform import administrator_of, credentials_of

_PASSWORD = "REDIS_PASSWORD"  # noqa: S105 - a variable's name


def _url(blueprint: Blueprint, _client: str) -> str:
    return blueprint.text(f"{NAME}.url", lambda: server_url(blueprint, NAME, scheme="redis", password=_PASSWORD))


REDIS = Component(
    name=NAME,
    values=RedisValues,
    defaults=Path(__file__).with_name("defaults.yaml"),
    connection=Connection(title="Redis", password_variable=_PASSWORD),
    facts={"url": _url},
    secrets={credentials_of(NAME): ("password",), administrator_of(NAME): ("password",)},
    declare=declare,
)
