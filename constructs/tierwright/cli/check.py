"""`check`: make all, write nothing."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from tierwright.cli.ended import ended
from tierwright.cli.selection import CONSOLE, Project, Selection, select


def run(arguments: Sequence[str], project: Project = CONSOLE) -> int:
    """Run the command; gives the exit code."""
    parser = argparse.ArgumentParser(prog="tierwright check", description="Say all that is wrong with a platform's configuration.")
    files = select(arguments, parser, project)
    return ended(lambda: _run(files))


def _run(selection: Selection) -> None:
    from tierwright import pipeline

    pipeline.files_of(pipeline.described(**selection._asdict()))
