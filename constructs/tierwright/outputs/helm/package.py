"""The chart as one file for repositories and registries: the same bytes for the same chart."""

from __future__ import annotations

import gzip
import io
import os
import re
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tierwright.model.names import CHART_VERSION
from tierwright.outputs.folder import OutputError, refuse_foreign_file
from tierwright.process.aside import aside

_ELSEWHERE = "choose another folder for the output"

TIME = 1_704_067_200
"""The time of every file in it, 2024-01-01: the first that all programs take, and the same at every run."""


def package(chart: Path, folder: Path) -> Path:
    """Write the chart in the folder `chart` as NAME-VERSION.tgz into `folder`. The result is the path of that file.

    It replaces an archive of a chart of that name. Raises OutputError where something else is in its place, or in the chart's.
    """
    said = _said(chart / "Chart.yaml")
    target = folder / f"{said['name']}-{said['version']}.tgz"
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=buffer, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for file in sorted(one for one in chart.rglob("*") if one.is_file()):
            _add(archive, file, f"{said['name']}/{file.relative_to(chart).as_posix()}")
    if os.path.lexists(folder) and not folder.is_dir():
        raise OutputError(f"{folder} is no folder; {_ELSEWHERE}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with aside(folder) as place:  # a full disk leaves no half archive
            (place / target.name).write_bytes(buffer.getvalue())
            refuse_foreign_file(target, lambda content: _is_archive(content, said["name"]), f"remove it, or {_ELSEWHERE}")
            (place / target.name).replace(target)
    except NotADirectoryError:
        raise OutputError(f"{folder} cannot be made below a file; {_ELSEWHERE}") from None
    except OSError as error:  # which names no file where the disk is full
        raise OutputError(f"{target} cannot be written: {error.strerror}; {_ELSEWHERE}") from None
    return target


def _said(file: Path) -> Mapping[str, Any]:
    """What a Chart.yaml says. Its name and version become part of a path."""
    try:
        said = yaml.safe_load(file.read_bytes())
    except (UnicodeDecodeError, yaml.YAMLError):
        said = None
    if isinstance(said, dict) and said.get("name") == file.parent.name and re.match(CHART_VERSION, str(said.get("version"))):
        return said
    raise OutputError(f"{file}: was not made here; make it with `tierwright render`, or move its folder away")


def _is_archive(content: bytes, name: str) -> bool:
    """Whether it is an archive of a chart of this name."""
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
            described = archive.extractfile(f"{name}/Chart.yaml")
            said = yaml.safe_load(described.read()) if described else None
    except (tarfile.TarError, zlib.error, EOFError, OSError, KeyError, yaml.YAMLError):
        return False
    return isinstance(said, dict) and said.get("name") == name


def _add(archive: tarfile.TarFile, file: Path, name: str) -> None:
    """The entry of a file without what depends on who made it and when."""
    content = file.read_bytes()
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime, entry.mode = len(content), TIME, 0o644
    archive.addfile(entry, io.BytesIO(content))
