"""What the containers of a workload mount: volumes that are kept, empty ones, and files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from tierwright.kit.credentials import SecretKey
from tierwright.outputs.containers.amounts import bytes_of
from tierwright.outputs.containers.pods import Manifest, Pod
from tierwright.outputs.provenance import shortened


class Empty(msgspec.Struct, frozen=True, kw_only=True):
    """A folder that is empty when its container starts, and in memory. `size` is in bytes, if there is a limit."""

    path: str
    size: int | None = None


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A volume that outlives containers, or a `part` of it; several of them may mount it.

    `empty` is what a cluster has in its place, and an engine too where one container alone mounts it.
    """

    volume: str
    part: str = ""
    path: str
    read_only: bool = False
    empty: Empty | None = None

    @property
    def owner(self) -> str:
        """The workload whose volume it is; no name of one has an underscore."""
        return self.volume.partition("_")[0]


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file with this content, or with that of a key of a Secret, which may be missing. `mode` is that of the file."""

    name: str
    path: str
    mode: int
    content: str = ""
    secret: SecretKey | None = None
    optional: bool = False


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """A folder or file of the machine."""

    source: str
    path: str
    read_only: bool = False


Mount = Kept | Empty | File | Bound

_LONGEST_VOLUME = 190
"""The most characters of a volume's name: with that of the platform before it, it is the name of a folder of the engine."""

_OF_FILES = {"configMap", "secret", "projected"}

_LEAST = "\n"
"""What an empty file has: Compose takes a config without content for a folder of the machine, and a Swarm refuses it."""

_READABLE = 0o644
_READABLE_BY_ALL = 0o444


class Volumes:
    """The volumes of a workload's pods: which of them its containers share, and which are its own."""

    def __init__(self, workload: str, pod: Pod, *, claims: Mapping[str, str], containers: Sequence[Manifest]) -> None:
        """`claims` are the kept volumes by the names of their claims; `containers` are all that run."""
        self._workload, self._pod, self._claims = workload, pod, claims
        self._volumes = {one["name"]: one for one in pod.spec.get("volumes", ())}
        mounts = [one for container in containers for one in container.get("volumeMounts", ())]
        self._mounted = [(one["name"], one.get("subPath", "")) for one in mounts]
        self._file_paths = [one["mountPath"] for one in mounts if {*self._volumes.get(one["name"], ())} & _OF_FILES]
        self._names: dict[tuple[str, str], str] = {}

    def mounts(self, container: Manifest) -> tuple[list[Mount], list[str]]:
        """What a container mounts, and the paths at which there is nothing that an engine could mount."""
        mounts: list[Mount] = []
        unknown: list[str] = []
        for one in container.get("volumeMounts", ()):
            found, without = self._mounts(one)
            mounts += found
            unknown += without
        return mounts, unknown

    def _mounts(self, mount: Manifest) -> tuple[Sequence[Mount], Sequence[str]]:
        """What is mounted, and the paths of what is not known."""
        name, path, part = mount["name"], mount["mountPath"], mount.get("subPath", "")
        read_only = mount.get("readOnly", False)
        volume = self._volumes.get(name)
        if mount.get("subPathExpr"):
            return (), (path,)
        if volume is None:  # a claim of its own
            return [Kept(volume=f"{self._workload}_{name}", part=part, path=path, read_only=read_only)], ()
        if "emptyDir" in volume:
            return [self._empty(mount, volume["emptyDir"].get("sizeLimit"))], ()
        if "persistentVolumeClaim" in volume:
            kept = self._claims.get(volume["persistentVolumeClaim"]["claimName"])
            return ((), (path,)) if kept is None else ([Kept(volume=kept, part=part, path=path, read_only=read_only)], ())
        if "hostPath" in volume:
            source = volume["hostPath"]["path"]
            return [Bound(source=f"{source}/{part}" if part else source, path=path, read_only=read_only)], ()
        return self._files(volume, path, part)

    def _empty(self, mount: Manifest, limit: str | None) -> Mount:
        """An empty volume, or a part of one: in memory where nothing else has files in it."""
        name, path, part = mount["name"], mount["mountPath"], mount.get("subPath", "")
        empty = Empty(path=path, size=None if limit is None else bytes_of(limit))
        others = [other for volume, other in self._mounted if volume == name and _overlap(part, other)]
        if len(others) == 1 and not any(file.startswith(f"{path}/") for file in self._file_paths):
            return empty
        whole = min(others, key=len)
        inside = part[len(whole) :].strip("/")
        return Kept(volume=self._named(name, whole), part=inside, path=path, read_only=mount.get("readOnly", False), empty=empty)

    def _named(self, volume: str, part: str) -> str:
        """The name of the volume for a part of an empty one."""
        if (volume, part) not in self._names:
            name = "_".join(filter(None, [self._workload, volume, re.sub(r"[^A-Za-z0-9.-]+", "_", part)]))
            name = shortened(name, _LONGEST_VOLUME)
            taken = [*self._names.values()]
            self._names[volume, part] = name if name not in taken else f"{name}_{len(taken)}"
        return self._names[volume, part]

    def _files(self, volume: Manifest, path: str, part: str) -> tuple[Sequence[Mount], Sequence[str]]:
        """The files of a volume that is made of ConfigMaps and Secrets: one of them, or all, below the path."""
        sources = [list(self._of_source(one)) for one in _sources(volume)]
        files = [file for source in sources for file in source]
        if part:
            found = [msgspec.structs.replace(file, path=path) for inside, file in files if file and inside == part]
            unknown = [] if found else [path]
        else:
            found = [msgspec.structs.replace(file, path=f"{path}/{inside}") for inside, file in files if file]
            unknown = [f"{path}/{inside}" for inside, file in files if not file]
            unknown += [] if all(sources) and files else [path]
        unknown += [f"{one.path}, an empty file where nobody sets it" for one in found if one.optional]
        empty = [one for one in found if one.secret is None and not one.content]
        unknown += [f"{one.path}, a line break in place of an empty file" for one in empty]
        return [msgspec.structs.replace(one, content=_LEAST) if one in empty else one for one in found], unknown

    def _of_source(self, source: Manifest) -> Iterator[tuple[str, File | None]]:
        """The files of one source of a volume, by their paths; none where it is not known what there are."""
        if "configMap" in source:
            yield from self._of_config_map(source["configMap"])
        elif "secret" in source:
            yield from self._of_secret(source["secret"])

    def _of_config_map(self, source: Manifest) -> Iterator[tuple[str, File | None]]:
        """The files by their paths, without those that are no text."""
        content = self._pod.config_maps.get(source["name"])
        if content is None:
            return
        for item in source.get("items") or [{"key": key, "path": key} for key in content]:
            text = content.get(item["key"])
            file = File(name=f"{source['name']}_{item['key']}", path="", mode=self._mode(source, item), content=text or "")
            yield item["path"], None if text is None else file

    def _of_secret(self, source: Manifest) -> Iterator[tuple[str, File]]:
        """Those of a Secret, of which only named keys are known."""
        for item in source.get("items") or ():
            key, optional = SecretKey(source["secretName"], item["key"]), source.get("optional", False)
            name, mode = f"{key.secret}_{key.key}", self._mode(source, item)
            yield item["path"], File(name=name, path="", mode=mode, secret=key, optional=optional)

    def _mode(self, source: Manifest, item: Manifest) -> int:
        """The mode of a file. One that the kubelet gives to the group of the pod is root's here, so all may read it."""
        mode: int = item.get("mode", source.get("defaultMode", _READABLE))
        return mode | _READABLE_BY_ALL if "fsGroup" in self._pod.spec.get("securityContext", {}) else mode


def _sources(volume: Manifest) -> list[Manifest]:
    """What a volume of files is made of, in the words of a volume that has one source alone."""
    if "projected" not in volume:
        return [volume]
    whole = volume["projected"]
    mode = {key: whole[key] for key in ("defaultMode",) if key in whole}
    named = {"configMap": "name", "secret": "secretName"}  # what such a volume calls what a projected one calls `name`
    return [
        {kind: {**mode, **content, **({named[kind]: content["name"]} if kind in named else {})}}
        for source in whole.get("sources") or ()
        for kind, content in source.items()
    ]


def _overlap(one: str, other: str) -> bool:
    """Whether two parts of a volume have files in common."""
    one, other = f"{one}/".lstrip("/"), f"{other}/".lstrip("/")
    return one.startswith(other) or other.startswith(one)
