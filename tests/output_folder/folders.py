"""Output folders: what is in one, what is written into it, and why that is refused."""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tierwright.outputs.folder import OutputError, replaced
from tierwright.outputs.provenance import marked, write_files

FILES = {"00-namespace.yaml": "kind: Namespace\n", "02-data.yaml": "kind: Service\n", "helm/shop/templates/web.yaml": "kind: Pod\n"}
MARKED = {path: marked(path, text) for path, text in FILES.items()}
NEW = {"00-namespace.yaml": "kind: Other\n", "helm/shop/values.yaml": "a: 1\n"}
NEW_MARKED = {path: marked(path, text) for path, text in NEW.items()}
REMEDY = "choose a folder of its own for the output"


def contents(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*") if file.is_file()}


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def replace(out: Path, files: Mapping[str, str] = NEW, *, meanwhile: Callable[[], object] = lambda: None) -> None:
    with replaced(out) as folder:
        write_files(files, folder)
        meanwhile()


def refusal(out: Path, *, meanwhile: Callable[[], object] = lambda: None) -> str:
    with pytest.raises(OutputError) as refused:
        replace(out, meanwhile=meanwhile)
    return str(refused.value)


def cannot_exchange(_one: Path, _other: Path) -> None:
    raise OSError(errno.EINVAL, "Invalid argument")
