"""What the containers of a workload mount: volumes that are kept, empty ones, and files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tierwright.kit.credentials import SecretKey
from tierwright.outputs.containers.amounts import bytes_of
from tierwright.outputs.containers.pods import Pod

Manifest = Mapping[str, Any]


class Empty(msgspec.Struct, frozen=True, kw_only=True):
    """A folder that is empty when its container starts, and in memory. `size` is in bytes, if there is a limit."""

    path: str
    size: int | None = None


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A volume that outlives containers; several of them may mount it.

    `empty` is what a cluster has in its place, and an engine too where one container alone mounts it.
    """

    volume: str
    path: str
    read_only: bool = False
    empty: Empty | None = None


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file with this content, or with that of a key of a Secret. `mode` is that of the file."""

    name: str
    path: str
    mode: int
    content: str = ""
    secret: SecretKey | None = None


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """A folder or file of the machine."""

    source: str
    path: str
    read_only: bool = False


Mount = Kept | Empty | File | Bound

_READABLE = 0o644


class Volumes:
    """The volumes of a workload's pods: which of them its containers share, and which are its own."""

    def __init__(self, workload: str, pod: Pod, *, claims: Mapping[str, str], containers: Sequence[Manifest]) -> None:
        """`claims` are the kept volumes by the names of their claims; `containers` are all that run."""
        self._workload, self._pod, self._claims = workload, pod, claims
        self._volumes = {one["name"]: one for one in pod.spec.get("volumes", ())}
        mounted = [{(one["name"], one.get("subPath", "")) for one in container.get("volumeMounts", ())} for container in containers]
        self._shared = {key for keys in mounted for key in keys if sum(key in other for other in mounted) > 1}

    def mounts(self, container: Manifest) -> tuple[list[Mount], list[str]]:
        """What a container mounts, and the paths at which there is nothing that an engine could mount."""
        mounts: list[Mount] = []
        unknown: list[str] = []
        for one in container.get("volumeMounts", ()):
            found = self._mounts(one)
            if found is None:
                unknown.append(one["mountPath"])
            else:
                mounts += found
        return mounts, unknown

    def _mounts(self, mount: Manifest) -> Sequence[Mount] | None:
        name, path, part = mount["name"], mount["mountPath"], mount.get("subPath", "")
        read_only = mount.get("readOnly", False)
        volume = self._volumes.get(name)
        if volume is None:  # a claim of its own
            return [Kept(volume=f"{self._workload}_{name}", path=path, read_only=read_only)]
        if "emptyDir" in volume:
            limit = volume["emptyDir"].get("sizeLimit")
            empty = Empty(path=path, size=None if limit is None else bytes_of(limit))
            if (name, part) in self._shared:
                return [Kept(volume=_named(self._workload, name, part), path=path, read_only=read_only, empty=empty)]
            return [empty]
        if "persistentVolumeClaim" in volume:
            kept = self._claims.get(volume["persistentVolumeClaim"]["claimName"])
            return None if kept is None else [Kept(volume=kept, path=path, read_only=read_only)]
        if "hostPath" in volume:
            return [Bound(source=volume["hostPath"]["path"], path=path, read_only=read_only)]
        return self._files(volume, path, part)

    def _files(self, volume: Manifest, path: str, part: str) -> Sequence[Mount] | None:
        """The files of a volume that is made of a ConfigMap or Secret: one of them, or all, below the path."""
        files = self._of_config_map(volume["configMap"]) if "configMap" in volume else self._of_secret(volume.get("secret"))
        if files is None:
            return None
        if part:
            return [msgspec.structs.replace(file, path=path) for file in files if file.path == part]
        return [msgspec.structs.replace(file, path=f"{path}/{file.path}") for file in files]

    def _of_config_map(self, source: Manifest) -> list[File] | None:
        content = self._pod.config_maps.get(source["name"])
        if content is None:
            return None
        mode = source.get("defaultMode", _READABLE)
        items = source.get("items") or [{"key": key, "path": key} for key in content]
        return [
            File(
                name=f"{source['name']}_{item['key']}",
                path=item["path"],
                mode=item.get("mode", mode),
                content=content[item["key"]],
            )
            for item in items
            if item["key"] in content
        ]

    def _of_secret(self, source: Manifest | None) -> list[File] | None:
        """Those of a Secret, of which only named keys are known."""
        if source is None or not source.get("items"):
            return None
        name, mode = source["secretName"], source.get("defaultMode", _READABLE)
        return [
            File(
                name=f"{name}_{item['key']}",
                path=item["path"],
                mode=item.get("mode", mode),
                secret=SecretKey(name, item["key"]),
            )
            for item in source["items"]
        ]


def _named(workload: str, volume: str, part: str) -> str:
    return "_".join([workload, volume, *part.split("/")] if part else [workload, volume])
