"""Concerns: constructs whose objects belong together, in one template of the chart."""

from __future__ import annotations

from tierwright.blueprint import Blueprint
from tierwright.declarations import Declared
from tierwright.expressions.conditions import ALWAYS, NEVER, Condition, all_of
from tierwright.kit.kinds import SERVICE, SERVICE_ACCOUNT, Kind
from tierwright.kit.listing import listing
from tierwright.kit.metadata import Identity, Manifest


class Concern:
    """A workload, or another thing of several objects.

    Each object is declared once, with its values left open: the blueprint keeps it, for cdk8s and for the Helm chart. `file` is
    the cdk8s chart of the objects, and so the file of dist/.
    """

    def __init__(
        self,
        file: str,
        id: str,
        *,
        blueprint: Blueprint,
        service: str = "",
        present: Condition | bool = ALWAYS,
        folder: str = "",
    ) -> None:
        """`present`: whether any of it is there; `service` names the service whose values it is about.

        `folder` is the one below the chart's templates: services have one of their own, so that none has the name of another file.
        """
        self.blueprint = blueprint
        self._file = file
        self._id = id
        self._template = f"{folder}/{id}.yaml" if folder else f"{id}.yaml"
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
        Raises DeclarationError as `Blueprint.declare` does.
        """
        present = all_of(self._present, condition)
        if present == NEVER:
            return
        declared = Declared(
            file=self._file if in_manifests else "",
            id=f"{self._id}.{id}",
            template=self._template if in_chart else "",
            service=self._subject,
            api_version=kind.api_version,
            kind=kind.name,
            condition=present,
            manifest=manifest,
        )
        self.blueprint.declare(declared)

    def declare_account(self, identity: Identity) -> None:
        """Declare the ServiceAccount of a workload, without a token in its pods."""
        self.declare("account", SERVICE_ACCOUNT, {"metadata": identity.metadata(), "automountServiceAccountToken": False})

    def declare_listing(self, identity: Identity) -> None:
        """Declare the Service that shows whether the workload is ready, where the order of the tiers lets anybody ask for it."""
        if self.blueprint.tiers_after(identity.name):
            self.declare("ready", SERVICE, listing(identity), condition=self.blueprint.ordered)
