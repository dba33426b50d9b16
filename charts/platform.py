"""The whole platform as charts, one file of dist/ each, numbered in the order in which kubectl applies them.

There are few charts on purpose: the time that cdk8s takes grows with the square of their number.
"""

from __future__ import annotations

from pathlib import Path

from castiel.cdk import App, Chart, Construct, YamlOutputType
from castiel.external_secrets import ExternalSecrets
from castiel.microservice import Microservice
from castiel.model.platform import Platform
from castiel.namespace import Namespace
from castiel.network_boundary import DefaultDeny
from castiel.postgres import Postgres
from castiel.rabbitmq import Rabbitmq
from castiel.redis import Redis
from castiel.secret_generator import SecretGenerator
from castiel.startup_gate import StartupGateScript

_DATA_SERVICES = {"postgres": Postgres, "rabbitmq": Rabbitmq, "redis": Redis}


def synthesize(platform: Platform, folder: Path) -> None:
    """Write the manifests of a platform into a folder."""
    app = App(outdir=str(folder), output_file_extension=".yaml", yaml_output_type=YamlOutputType.FILE_PER_CHART)
    build(app, platform)
    app.synth()


def build(app: App, platform: Platform) -> None:
    """Add all charts of the platform to the app; a chart that would be empty is left out."""
    NamespaceChart(app, "00-namespace", platform=platform)
    if platform.values.secrets.mode != "existing":
        SecretsChart(app, "01-secrets", platform=platform)
    for number, tier in enumerate(platform.graph.tiers, start=2):
        if not all(platform.is_external(name) for name in platform.graph.members(tier)):
            TierChart(app, f"{number:02d}-{tier}", platform=platform, tier=tier)


class NamespaceChart(Chart):
    """The namespace, what holds for all in it, and the script of the gates."""

    def __init__(self, scope: Construct, id: str, *, platform: Platform) -> None:
        super().__init__(scope, id)
        Namespace(self, "namespace", platform=platform)
        DefaultDeny(self, "default-deny", platform=platform)
        StartupGateScript(self, "startup-gate", platform=platform)


class SecretsChart(Chart):
    """What brings the Secrets into being. Their values are never here."""

    def __init__(self, scope: Construct, id: str, *, platform: Platform) -> None:
        super().__init__(scope, id)
        if platform.values.secrets.mode == "external":
            ExternalSecrets(self, "external", platform=platform, secrets=platform.secrets)
        else:
            generated = {name: secret for name, secret in platform.secrets.items() if secret.source == "generated"}
            SecretGenerator(self, "generator", platform=platform, secrets=generated)


class TierChart(Chart):
    """A tier of the startup order: its data services and its services."""

    def __init__(self, scope: Construct, id: str, *, platform: Platform, tier: str) -> None:
        super().__init__(scope, id)
        for name in platform.graph.members(tier):
            if name in platform.data_services:
                _DATA_SERVICES[name](self, name, platform=platform)
            else:
                Microservice(self, name, platform=platform, name=name)
