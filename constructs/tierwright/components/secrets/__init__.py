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
from tierwright.model.catalogue import Catalogue


def _declare(file: str, *, blueprint: Blueprint) -> None:
    """The objects of each mode, under its condition."""
    ExternalSecrets(file, blueprint=blueprint)
    SecretGenerator(file, blueprint=blueprint)


_NOTES = """\
{{- if eq .Values.secrets.mode "generate" }}

A Job makes the missing Secrets; they stay when the release is uninstalled. Keep a copy of them: without it nobody can read the
data on the volumes again.
{{- else if eq .Values.secrets.mode "existing" }}

The Secrets must exist in the namespace; README.md lists them.
{{- end }}
"""


def _are_wanted(catalogue: Catalogue) -> bool:
    return catalogue.has_secrets


SECRETS = Component(
    name=NAME,
    values=SecretsValues,
    defaults=Path(__file__).with_name("defaults.yaml"),
    before="networkPolicy",
    rules=RULES,
    declare=_declare,
    file="01-secrets",
    reserved=lambda _catalogue: (GENERATOR,),
    reserved_pattern=JOBS_OF_REVISIONS,
    notes=_NOTES,
    wanted=_are_wanted,
    lack=("the catalogue has no secret and no data service", "add one there, or remove this"),
)
