"""`render`: what `synth` makes, without cdk8s and Node: the manifests as one stream, or the same folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tierwright.cli.ended import ended, printed
from tierwright.cli.parser import parser
from tierwright.cli.selection import CONSOLE, Project, Selection, add_options, selected


def run(arguments: Sequence[str], project: Project = CONSOLE) -> int:
    """Run the command; gives the exit code."""
    options = parser("tierwright render", "Print the manifests of a platform, in the order in which they apply.")
    add_options(options, project)
    options.add_argument("--out", type=Path, help="write what synth writes into this folder instead")
    given = options.parse_args(arguments)
    files = selected(given, options, project)
    return ended(lambda: _run(files, given.out))


def _run(selection: Selection, out: Path | None) -> None:
    from tierwright import pipeline

    platform = pipeline.described(**vars(selection))
    if out is None:
        made = pipeline.manifests(platform)
        return printed("---\n".join(made[name] for name in sorted(made)))
    from tierwright.outputs.folder import replaced
    from tierwright.outputs.provenance import write_files

    files = pipeline.files_of(platform)
    with replaced(out) as folder:
        write_files(files, folder)
    return None
