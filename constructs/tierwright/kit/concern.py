"""Concerns: components whose objects belong together, in one template of the chart."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tierwright.aspects import with_aspects
from tierwright.blueprint import Blueprint
from tierwright.declarations import Declared
from tierwright.expressions.conditions import ALWAYS, NEVER, Condition, all_of
from tierwright.expressions.tree import Tree
from tierwright.kit.kinds import SERVICE, SERVICE_ACCOUNT, Kind
from tierwright.kit.listing import listing
from tierwright.kit.metadata import Manifest, ObjectMeta


class Concern:
    """A workload, or another group of objects.

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
        """`file` is the file of the manifests, `id` the name of the concern in it, also that of the chart's template.

        `service` is the service whose values the objects read; empty for others. `present` is the condition of all objects.
        `folder` is a folder below the chart's templates; services have one, so that no service has the name of another template.
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
        """Declare an object.

        `id` is its name in the concern, `manifest` all of it except API version and kind, `condition` when it is written, beside
        that of the concern. `in_chart` is false where Helm does the same in its own way, `in_manifests` for what only Helm uses.
        Raises DeclarationError as `Blueprint.declare` does.
        """
        present = all_of(self._present, condition)
        if present == NEVER:
            return
        declared = self._declared(id, kind, manifest, condition=present)
        file, template = declared.file if in_manifests else "", declared.template if in_chart else ""
        self.blueprint.declare(msgspec.structs.replace(declared, file=file, template=template))

    def with_aspects(self, id: str, kind: Kind, manifest: Manifest) -> Mapping[str, Tree]:
        """An object with what the aspects add to it, as it would be declared. Raises DeclarationError as `declare` does."""
        return with_aspects(self.blueprint.aspects, self._declared(id, kind, manifest)).manifest

    def _declared(self, id: str, kind: Kind, manifest: Manifest, *, condition: Condition = ALWAYS) -> Declared:
        return Declared(
            file=self._file,
            id=f"{self._id}.{id}",
            template=self._template,
            service=self._subject,
            api_version=kind.api_version,
            kind=kind.name,
            condition=condition,
            manifest=manifest,
        )

    def declare_account(self, metadata: Tree, *, condition: Condition | bool = ALWAYS) -> None:
        """Declare the ServiceAccount of a workload; it gives its pods no token, unless they ask for one themselves."""
        account = {"metadata": metadata, "automountServiceAccountToken": False}
        self.declare("account", SERVICE_ACCOUNT, account, condition=condition)

    def declare_listing(self, meta: ObjectMeta) -> None:
        """Declare the Service that shows whether the workload is ready, where anybody asks for it.

        That is the order of the tiers, and the services that need one without a main port.
        """
        if self.blueprint.is_asked_by_name(meta.name):
            self.declare("ready", SERVICE, listing(meta))
        elif self.blueprint.tiers_after(meta.name):
            self.declare("ready", SERVICE, listing(meta), condition=self.blueprint.ordered)
