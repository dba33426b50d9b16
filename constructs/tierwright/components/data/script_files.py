"""The scripts of the data services, which are files beside the modules."""

from __future__ import annotations

from pathlib import Path


def scripts_in(folder: Path) -> dict[str, str]:
    """The text of each file in a folder, by name, in the order of names. Folders are none: pip compiles Python beside it."""
    return {file.name: file.read_text(encoding="utf-8") for file in sorted(folder.iterdir()) if file.is_file()}
