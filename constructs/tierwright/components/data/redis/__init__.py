"""Redis, on the official image."""

from __future__ import annotations

from pathlib import Path

from tierwright.components.data.redis.server import Redis, declare
from tierwright.components.data.redis.values import RedisValues
from tierwright.kit.engine import Engine
from tierwright.kit.urls import server_url


def _url(redis: Redis, _client: str) -> str:
    return redis.text("url", lambda: server_url(redis, scheme="redis"))


REDIS = Engine(
    name="redis",
    title="Redis",
    password_variable="REDIS_PASSWORD",  # noqa: S106 - a variable's name
    values=RedisValues,
    defaults=Path(__file__).with_name("defaults.yaml"),
    facts={"url": _url},
    secrets={"credentials": ("password",), "administrator": ("password",)},
    declare=declare,
)
