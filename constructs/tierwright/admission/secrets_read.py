"""The Secrets that must exist, whoever makes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tierwright.admission.containers import Object, Pods
from tierwright.admission.operated import Operated
from tierwright.blueprint import Evaluated
from tierwright.components.secrets.generator import made_by


def secrets_of(objects: Sequence[Evaluated], pods: Sequence[Pods], operated: Sequence[Operated]) -> set[str]:
    """Those that are declared, fetched, made by the Job that makes Secrets, or read by pods, those of operators included."""
    names: set[Any] = {made.manifest["metadata"]["name"] for made in objects if made.kind in ("Secret", "ExternalSecret")}
    for made in objects:
        names.update(made_by(made).secrets)
    for of in (*pods, *(members.pods for members in operated)):
        names.update(reference.get(key) for reference, key in _references(of) if not reference.get("optional"))
    return names - {None, ""}


def _references(of: Pods) -> Iterator[tuple[Object, str]]:
    """What a pod reads, each with the key that the name of the Secret is at."""
    for container in of.containers():
        for variable in container.get("env") or ():
            yield (variable.get("valueFrom") or {}).get("secretKeyRef") or {}, "name"
        for source in container.get("envFrom") or ():
            yield source.get("secretRef") or {}, "name"
    for volume in of.spec.get("volumes") or ():
        yield volume.get("secret") or {}, "secretName"
        yield (volume.get("csi") or {}).get("nodePublishSecretRef") or {}, "name"
        for source in (volume.get("projected") or {}).get("sources") or ():
            yield source.get("secret") or {}, "name"
    for secret in of.spec.get("imagePullSecrets") or ():
        yield secret, "name"
