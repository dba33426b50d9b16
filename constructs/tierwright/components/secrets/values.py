"""Values of the Secrets: who makes them, and how."""

from typing import Annotated, Literal

from msgspec import Meta

from tierwright.blueprint import Blueprint
from tierwright.model.composed import Entry
from tierwright.model.names import DURATION, OBJECT_NAME_OR_EMPTY
from tierwright.model.security_values import SecurityContext
from tierwright.model.values import Secrets
from tierwright.model.workload_values import Image, Placement, Resources

NAME = "secrets"


class SecretGenerator(Entry, frozen=True):
    """The Job that makes missing Secrets; used with `secrets.mode: generate`."""

    image: Image
    resources: Resources
    security: SecurityContext
    placement: Placement
    deadline_seconds: Annotated[int, Meta(ge=900, le=86_400)]
    """How long the Job may take, all tries together, before it has failed."""
    keep_seconds: Annotated[int, Meta(ge=60, le=86_400)]
    """How long the finished Job is kept, for its log."""


class SecretStore(Entry, frozen=True):
    """An External Secrets store; used with `secrets.mode: external`."""

    name: Annotated[str, Meta(pattern=OBJECT_NAME_OR_EMPTY)]
    """The store's name."""
    kind: Literal["ClusterSecretStore", "SecretStore"]
    """Its kind."""
    refresh_interval: Annotated[str, Meta(pattern=DURATION)]
    """How often Secrets are fetched again."""
    key_prefix: str
    """What comes before the Secret's name in the store."""


class SecretsValues(Secrets, frozen=True):
    """Where secrets come from. The manifests never contain their values."""

    allow_missing: bool
    """Whether pods start without the secrets that the catalogue calls optional."""
    generator: SecretGenerator
    store: SecretStore


def secrets_values(blueprint: Blueprint) -> SecretsValues:
    """A token for each of them."""
    return blueprint.values_of_part(NAME, SecretsValues)
