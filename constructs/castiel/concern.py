"""Concerns: constructs whose objects belong together, in one template of the chart."""

from __future__ import annotations

from castiel.blueprint import Blueprint, Declared
from castiel.cdk import Construct
from castiel.kinds import SERVICE_ACCOUNT, Kind
from castiel.manifest import Identity, Manifest
from castiel.tracing.expressions import Condition, all_of
from castiel.tracing.tree import ALWAYS, resolve


class Concern(Construct):
    """A workload, or another thing of several objects.

    Each object is declared once, with its values left open: the blueprint keeps it for the chart, and cdk8s gets what it is
    under the values at hand.
    """

    def __init__(
        self, scope: Construct, id: str, *, blueprint: Blueprint, service: str = "", present: Condition | bool = ALWAYS
    ) -> None:
        """`present`: whether any of it is there; `service` names the service whose values it is about."""
        super().__init__(scope, id)
        self.blueprint = blueprint
        self._template = id
        self._subject = service
        self._present = all_of(present)

    def declare(
        self,
        id: str,
        kind: Kind,
        manifest: Manifest,
        *,
        condition: Condition | bool = ALWAYS,
        in_chart: bool = True,
        in_manifests: bool = True,
    ) -> None:
        """Declare an object: all of its manifest but API version and kind.

        `in_chart` is false where Helm has a way of its own, `in_manifests` for what Helm alone makes use of.
        """
        present = all_of(self._present, condition)
        template = f"{self._template}.yaml" if in_chart else ""
        declared = Declared(template, self._subject, kind.api_version, kind.name, present, manifest, in_manifests)
        self.blueprint.declared.append(declared)
        if in_manifests and present.value(self.blueprint.scope):
            kind.make(self, id, resolve(manifest, self.blueprint.scope))

    def declare_account(self, identity: Identity) -> None:
        """Declare the ServiceAccount of a workload, without a token in its pods."""
        self.declare("account", SERVICE_ACCOUNT, {"metadata": identity.metadata(), "automountServiceAccountToken": False})
