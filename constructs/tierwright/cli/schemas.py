"""`schemas`: the JSON Schemas of a catalogue and its values, for editors that speak YAML."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tierwright.cli.ended import ended, refused
from tierwright.cli.parser import parser
from tierwright.cli.selection import CONSOLE, Project, Selection, add_options, selected
from tierwright.process.ending import FailureError

STALE = 1
_REMEDY = "move it away, and run the command again"


def run(arguments: Sequence[str], project: Project = CONSOLE) -> int:
    """Run the command; gives the exit code: 1 where `--check` finds a schema that is behind."""
    options = parser("tierwright schemas", "Write the schemas of catalogue and values into `schemas/` beside the catalogue.")
    add_options(options, project)
    options.add_argument("--check", action="store_true", help="write nothing, fail when what is there differs")
    given = options.parse_args(arguments)
    selection = selected(given, options, project)
    stale: list[Path] = []
    code = ended(lambda: stale.extend(_run(selection, write=not given.check)))
    if given.check and stale:
        refused(f"{', '.join(map(str, stale))}: behind the types; run the same command without --check")
        return STALE
    return code


def _run(selection: Selection, *, write: bool) -> list[Path]:
    """The schemas that were behind."""
    from tierwright.components.registry import COMPONENTS
    from tierwright.model.loading import read_catalogue
    from tierwright.model.schemas import SCHEMAS
    from tierwright.outputs.folder import refuse_foreign_file

    folder = selection.catalogue.parent / "schemas"
    parts = read_catalogue(selection.catalogue, COMPONENTS).parts()
    stale = {}
    for name, make in SCHEMAS.items():
        schema = make(COMPONENTS if name == "catalogue" else parts)
        file, text = folder / f"{name}.schema.json", json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        if not file.is_file() or file.read_bytes() != text.encode():
            stale[file] = text
            if write:
                refuse_foreign_file(file, partial(_is_schema, title=schema["title"]), _REMEDY)
    if write and stale:
        if os.path.lexists(folder) and not folder.is_dir():
            raise FailureError(f"{folder} is no folder; {_REMEDY}")
        folder.mkdir(exist_ok=True)
        for file, text in stale.items():
            file.write_bytes(text.encode())
    return [*stale]


def _is_schema(content: bytes, title: str) -> bool:
    """Whether it is a schema with this title."""
    try:
        said = json.loads(content)
    except ValueError:
        return False
    return isinstance(said, dict) and "$schema" in said and said.get("title") == title
