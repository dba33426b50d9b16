"""The variables that hold secrets: one for each key of a Secret, whatever those are called."""

from __future__ import annotations

import pytest

from tests.compose.engine import Engine
from tests.compose.law import variables_of
from tests.compose.platforms import composed_text

CATALOGUE = """\
name: shop
tiers: [{name: data}, {name: back}]
dataServices: {postgres: {tier: data, port: 5432, urlVariable: DATABASE_URL}}
secrets: {keys: {source: provided, keys: [API_KEY], optional: true}}
services: {web: {tier: back, port: 3000, needs: [postgres], secrets: [keys], environment: {GREETING: "hello $(API_KEY)"}}}
"""


def variable(name: str, secret: str, key: str, *, optional: bool = False) -> str:
    """An entry of `extraEnv`."""
    reference = f"{{name: {secret}, key: {key}, optional: {str(optional).lower()}}}"
    return f"{{name: {name}, valueFrom: {{secretKeyRef: {reference}}}}}"


def overlay(*variables: str) -> str:
    return f"services: {{web: {{extraEnv: [{', '.join(variables)}]}}}}"


def test_a_secret_that_would_have_the_variable_of_another_gets_one_of_its_own() -> None:
    names = [("A", "db", "password"), ("B", "a-b", "c"), ("C", "a", "b-c"), ("D", "a.b", "c"), ("E", "a", "B.c"), ("F", "1a", "b")]
    one = composed_text(CATALOGUE, overlay(*(variable(*name) for name in names)))
    assert variables_of(one.on_cluster, one.text) == {
        "POSTGRES_ADMINISTRATOR_PASSWORD": ("postgres-administrator", "password"),
        "DB_PASSWORD": ("postgres-credentials", "password"),
        "API_KEY": ("keys", "API_KEY"),
        "DB_PASSWORD_2": ("db", "password"),
        "A_B_C": ("a-b", "c"),
        "A_B_C_2": ("a", "b-c"),
        "A_B_C_3": ("a.b", "c"),
        "A_B_C_4": ("a", "B.c"),
        "_1A_B": ("1a", "b"),
    }


@pytest.mark.parametrize(
    ("secret", "key", "taken"),
    [
        ("shop", "COMPOSE_PROFILES", "SHOP_COMPOSE_PROFILES"),
        ("shop", "DOCKER_HOST", "SHOP_DOCKER_HOST"),
        ("shop", "PATH", "SHOP_PATH"),  # that of the shell would win
        ("shop", "UID", "SHOP_UID"),  # shells that read .env refuse to set it
        ("shop", "PROFILE", "SHOP_PROFILE"),  # make up PROFILE=web
        ("shop", "SECRETS_VERSION", "SHOP_SECRETS_VERSION"),
        ("shop", "variable", "SHOP_VARIABLE"),  # deploy.sh has one
        ("compose", "COMPOSE_FILE", "SECRET_COMPOSE_COMPOSE_FILE"),
        ("shop", "USER_KEY", "USER_KEY"),
    ],
)
def test_no_secret_has_the_variable_of_a_tool(secret: str, key: str, taken: str) -> None:
    catalogue = CATALOGUE.replace("keys: {source", f"{secret}: {{source").replace("keys]", f"{secret}]").replace("API_KEY", key)
    one = composed_text(catalogue.replace(", optional: true", ""))
    assert variables_of(one.on_cluster, one.text)[taken] == (secret, key)
    assert Engine(one.text).raw["services"]["web"]["environment"][key] == f"${{{taken}:?fill it in, in .env}}"


def test_a_variable_that_may_be_missing_is_that_of_its_own_secret() -> None:
    """Two Secrets have a key of this name, and the variable is the one of the other Secret."""
    one = composed_text(
        CATALOGUE.replace(", secrets: [keys]", "").replace("hello $(API_KEY)", "hello"),
        overlay(
            variable("OTHER_API_KEY", "other", "API_KEY", optional=True), variable("API_KEY", "third", "API_KEY", optional=True)
        ),
    )
    environment = Engine(one.text).raw["services"]["web"]["environment"]
    assert (environment["OTHER_API_KEY"], environment["API_KEY"]) == (None, "${THIRD_API_KEY-}")
    assert "web: the variable API_KEY, which is empty where nobody sets it" in Engine(one.text).told


def test_a_text_keeps_its_reference_to_a_variable_that_is_missing() -> None:
    one = composed_text(CATALOGUE)
    for there, greeting in (({}, "hello $(API_KEY)"), ({"API_KEY": "$(x)"}, "hello $(x)")):
        engine = Engine(one.text, {"DB_PASSWORD": "a", "POSTGRES_ADMINISTRATOR_PASSWORD": "b", **there})
        assert dict(engine.containers())["web"].variables["GREETING"] == greeting
