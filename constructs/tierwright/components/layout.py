"""The whole platform as components: which is in which file of the manifests, numbered in the order in which kubectl applies them.

Nothing here waits for cdk8s: all of it is described while Node starts.
"""

from __future__ import annotations

from tierwright.blueprint import Blueprint
from tierwright.components.chart_test import ChartTest
from tierwright.components.data import postgres, rabbitmq, redis
from tierwright.components.extra_objects import ExtraObjects
from tierwright.components.microservice import Microservice
from tierwright.components.namespace import Namespace
from tierwright.components.secrets.external_secrets import ExternalSecrets
from tierwright.components.secrets.generator import SecretGenerator
from tierwright.model.platform import Platform

_DATA_SERVICES = {"postgres": postgres.declare, "rabbitmq": rabbitmq.declare, "redis": redis.declare}


def describe(platform: Platform) -> Blueprint:
    """The blueprint of a platform, with every object declared."""
    blueprint = Blueprint.of(platform)
    Namespace("00-namespace", blueprint=blueprint)
    ExtraObjects("00-namespace", blueprint=blueprint)
    ChartTest("00-namespace", blueprint=blueprint)
    ExternalSecrets("01-secrets", blueprint=blueprint)
    SecretGenerator("01-secrets", blueprint=blueprint)
    for number, tier in enumerate(blueprint.tiers, start=2):
        for name in blueprint.members(tier):
            if name in blueprint.data_services:
                _DATA_SERVICES[name](f"{number:02d}-{tier}", blueprint=blueprint)
            else:
                Microservice(f"{number:02d}-{tier}", name, blueprint=blueprint)
    return blueprint
