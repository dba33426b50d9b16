"""The whole platform as charts, one file of dist/ each, numbered in the order in which kubectl applies them.

There are few charts on purpose: the time that cdk8s takes grows with the square of their number.
"""

from __future__ import annotations

from pathlib import Path

from castiel.blueprint import Blueprint
from castiel.cdk import App, Chart, Construct, YamlOutputType
from castiel.chart_test import ChartTest
from castiel.external_secrets import ExternalSecrets
from castiel.extra_objects import ExtraObjects
from castiel.microservice import Microservice
from castiel.model.platform import Platform
from castiel.namespace import Namespace
from castiel.postgres import Postgres
from castiel.rabbitmq import Rabbitmq
from castiel.redis import Redis
from castiel.secret_generator import SecretGenerator

_DATA_SERVICES = {"postgres": Postgres, "rabbitmq": Rabbitmq, "redis": Redis}


def synthesize(platform: Platform, folder: Path) -> Blueprint:
    """Write the manifests of a platform into a folder; the blueprint that comes back holds all that was declared."""
    blueprint = Blueprint.of(platform)
    app = App(outdir=str(folder), output_file_extension=".yaml", yaml_output_type=YamlOutputType.FILE_PER_CHART)
    build(app, blueprint)
    app.synth()
    for file in folder.glob("*.yaml"):
        if not file.stat().st_size:
            file.unlink()  # nothing of this chart is there under these values
    return blueprint


def build(app: App, blueprint: Blueprint) -> None:
    """Add all charts of the platform to the app."""
    NamespaceChart(app, "00-namespace", blueprint=blueprint)
    SecretsChart(app, "01-secrets", blueprint=blueprint)
    for number, tier in enumerate(blueprint.tiers, start=2):
        TierChart(app, f"{number:02d}-{tier}", blueprint=blueprint, tier=tier)


class NamespaceChart(Chart):
    """The namespace, what holds for all in it, and the script of the gates."""

    def __init__(self, scope: Construct, id: str, *, blueprint: Blueprint) -> None:
        super().__init__(scope, id)
        Namespace(self, blueprint=blueprint)
        ExtraObjects(self, blueprint=blueprint)
        ChartTest(self, blueprint=blueprint)


class SecretsChart(Chart):
    """What brings the Secrets into being. Their values are never here."""

    def __init__(self, scope: Construct, id: str, *, blueprint: Blueprint) -> None:
        super().__init__(scope, id)
        ExternalSecrets(self, blueprint=blueprint)
        SecretGenerator(self, blueprint=blueprint)


class TierChart(Chart):
    """A tier of the startup order: its data services and its services."""

    def __init__(self, scope: Construct, id: str, *, blueprint: Blueprint, tier: str) -> None:
        super().__init__(scope, id)
        for name in blueprint.members(tier):
            if name in blueprint.data_services:
                _DATA_SERVICES[name](self, blueprint=blueprint)
            else:
                Microservice(self, name, blueprint=blueprint)
