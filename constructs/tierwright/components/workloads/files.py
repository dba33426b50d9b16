"""Files beside the catalogue as ConfigMaps of a service, mounted one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tierwright.blueprint import Blueprint
from tierwright.expressions.expression import Expression
from tierwright.expressions.sha256 import sha256
from tierwright.expressions.texts import Sha256
from tierwright.expressions.tokens import Text, operand_of, pieces
from tierwright.expressions.tree import Tree
from tierwright.kit.concern import Concern
from tierwright.kit.kinds import CONFIG_MAP
from tierwright.kit.metadata import Manifest, ObjectMeta, omit_none
from tierwright.kit.service_meta import ServiceMeta
from tierwright.model.files import MountedFile, in_config_maps
from tierwright.model.own_names import files_of
from tierwright.model.service import Service

CHECKSUM = "checksum/files"
_EXECUTABLE = 0o555


def declare_files(concern: Concern, meta: ObjectMeta) -> None:
    """Declare the ConfigMaps with the files of the service that `meta` names."""
    blueprint, name = meta.blueprint, meta.name
    for number, files in _config_maps(blueprint, name):
        manifest = {
            "metadata": meta.metadata(files_of(name, number)),
            "data": {file.key: _filled(blueprint, name, file) for file in files if file.text is not None} or None,
            "binaryData": {file.key: file.encoded for file in files if file.text is None} or None,
        }
        concern.declare(_volume(number), CONFIG_MAP, omit_none(manifest))


def file_volumes(meta: ServiceMeta, service: Service) -> Iterator[Manifest]:
    """The volumes of the files of a service; `items` only where one has a mode of its own."""
    for number, files in _config_maps(meta.blueprint, meta.name) if service.files else ():
        config_map: Manifest = {"name": files_of(meta.name, number)}
        if any(file.executable for file in files):
            config_map["items"] = [
                omit_none({"key": file.key, "path": file.key, "mode": _EXECUTABLE if file.executable else None}) for file in files
            ]
        yield {"name": _volume(number), "configMap": config_map}


def file_mounts(meta: ServiceMeta, service: Service) -> Iterator[Manifest]:
    """Where the containers of a service mount its files."""
    for number, files in _config_maps(meta.blueprint, meta.name) if service.files else ():
        for file in files:
            yield {"name": _volume(number), "mountPath": file.path, "subPath": file.key, "readOnly": True}


def checksum(blueprint: Blueprint, name: str) -> dict[str, Tree]:
    """The annotation that changes with the files of the service `name`, and so restarts its pods; nothing where there are none.

    It is a digest of the files as they are beside the catalogue, and of what their placeholders stand for.
    """
    files = blueprint.files(name)
    if not files:
        return {}
    contents = sha256()
    facts: dict[Expression, None] = {}
    for file in files:
        contents.update(f"{file.path} {file.executable} {len(file.data)} ".encode() + file.data)
        if file.text is not None:
            facts |= {piece: None for piece in pieces(_filled(blueprint, name, file)) if isinstance(piece, Expression)}
    digest = contents.hexdigest()
    if not facts:
        return {CHECKSUM: digest}
    return {CHECKSUM: Text(Sha256(operand_of(" ".join([digest, *(Text(fact) for fact in facts)]))))}


def _config_maps(blueprint: Blueprint, name: str) -> Iterator[tuple[int, Sequence[MountedFile]]]:
    return enumerate(in_config_maps(blueprint.files(name)), start=1)


def _volume(number: int) -> str:
    return "files" if number == 1 else f"files-{number}"


def _filled(blueprint: Blueprint, name: str, file: MountedFile) -> str:
    """The text of a file with its placeholders replaced."""
    assert file.text is not None
    return file.text if file.raw else blueprint.fill(file.text, client=name)
