"""Startup: what the gates of all pods share. The gates themselves are in the pods."""

from __future__ import annotations

from pathlib import Path

from tierwright.blueprint import Blueprint
from tierwright.components.startup.rules import RULES
from tierwright.kit.component import Component
from tierwright.kit.concern import Concern
from tierwright.kit.kinds import CONFIG_MAP
from tierwright.kit.startup_gate import NAME as GATE
from tierwright.kit.startup_gate import gate_config
from tierwright.kit.startup_values import NAME, StartupValues


def _declare(file: str, *, blueprint: Blueprint) -> None:
    """The ConfigMap of the gates, among the objects of the namespace, where people know it."""
    Concern(file, "namespace", blueprint=blueprint).declare("startup-gate", CONFIG_MAP, gate_config(blueprint))


STARTUP = Component(
    name=NAME,
    values=StartupValues,
    defaults=Path(__file__).with_name("defaults.yaml"),
    rules=RULES,
    declare=_declare,
    file="00-namespace",
    reserved=lambda _catalogue: (GATE,),
)
