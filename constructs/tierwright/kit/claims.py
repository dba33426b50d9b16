"""Claims: volumes that the pods of a StatefulSet keep, one for each pod."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from tierwright.expressions.conditions import opposite
from tierwright.expressions.tree import OmitEmpty, Tree, when
from tierwright.kit.metadata import Manifest, ObjectMeta
from tierwright.kit.pods import empty_dir
from tierwright.model.data_values import Storage


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A volume that each pod keeps, mounted at `path` where a container asks for it; an emptyDir where it is not to persist."""

    name: str
    path: str
    storage: Storage
    access_mode: str = "ReadWriteOnce"


def claim_templates(claims: Iterable[Claim], meta: ObjectMeta) -> Tree:
    """The `volumeClaimTemplates` of a StatefulSet."""
    return OmitEmpty([when(claim.storage.persistent, _claim(claim, meta)) for claim in claims])


def empty_dirs(claims: Iterable[Claim]) -> list[Tree]:
    """The volumes of a pod for the claims that are not to persist, each under its condition."""
    return [when(opposite(claim.storage.persistent), empty_dir(claim.name, claim.storage.size)) for claim in claims]


def claim_mounts(claims: Iterable[Claim]) -> list[Manifest]:
    """Where a container mounts the volumes of these claims."""
    return [{"name": claim.name, "mountPath": claim.path} for claim in claims]


def _claim(claim: Claim, meta: ObjectMeta) -> Manifest:
    """A claim template, which can never change either: no label of it does.

    It says what the API server would fill in, or every later apply would see a change.
    """
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": claim.name, "labels": meta.selector},
        "spec": {
            "accessModes": [claim.access_mode],
            "storageClassName": OmitEmpty(claim.storage.storage_class),
            "resources": {"requests": {"storage": claim.storage.size}},
            "volumeMode": "Filesystem",
        },
        "status": {"phase": "Pending"},
    }
