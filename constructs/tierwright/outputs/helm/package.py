"""The chart as one file for repositories and registries: the same bytes for the same chart."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import yaml

from tierwright.process.aside import aside

TIME = 1_704_067_200
"""The time of every file in it, 2024-01-01: the first that all programs take, and the same at every run."""


def package(chart: Path, folder: Path) -> Path:
    """Write the chart in the folder `chart` as NAME-VERSION.tgz into `folder`. The result is the path of that file."""
    said = yaml.safe_load((chart / "Chart.yaml").read_text(encoding="utf-8"))
    target = folder / f"{said['name']}-{said['version']}.tgz"
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=buffer, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for file in sorted(one for one in chart.rglob("*") if one.is_file()):
            _add(archive, file, f"{said['name']}/{file.relative_to(chart).as_posix()}")
    folder.mkdir(parents=True, exist_ok=True)
    with aside(folder) as place:  # a full disk leaves no half archive
        (place / target.name).write_bytes(buffer.getvalue())
        (place / target.name).replace(target)
    return target


def _add(archive: tarfile.TarFile, file: Path, name: str) -> None:
    """The entry of a file without what depends on who made it and when."""
    content = file.read_bytes()
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime, entry.mode = len(content), TIME, 0o644
    archive.addfile(entry, io.BytesIO(content))
