"""Where Secrets come from: a Job in the cluster, a store outside, or somebody."""

from __future__ import annotations

from pathlib import Path

from tierwright.blueprint import Blueprint
from tierwright.components.secrets.external_secrets import ExternalSecrets
from tierwright.components.secrets.generator import JOBS_OF_REVISIONS, SecretGenerator
from tierwright.components.secrets.generator import NAME as GENERATOR
from tierwright.components.secrets.rules import RULES
from tierwright.components.secrets.values import NAME, SecretsValues
from tierwright.kit.component import Component


def _declare(file: str, *, blueprint: Blueprint) -> None:
    """The objects of each mode, under its condition."""
    ExternalSecrets(file, blueprint=blueprint)
    SecretGenerator(file, blueprint=blueprint)


SECRETS = Component(
    name=NAME,
    values=SecretsValues,
    defaults=Path(__file__).with_name("defaults.yaml"),
    rules=RULES,
    declare=_declare,
    file="01-secrets",
    reserved=lambda _catalogue: (GENERATOR,),
    reserved_pattern=JOBS_OF_REVISIONS,
)
