"""How the commands read their arguments."""

from __future__ import annotations

from argparse import ArgumentParser, HelpFormatter
from functools import partial

_WIDTH = 100
"""Columns of the help. To ask the terminal, argparse imports shutil with every option, also where nobody asks for help."""


def parser(program: str | None, description: str) -> ArgumentParser:
    """A parser of a command; `program` is its name in messages, None the name of the file that runs."""
    return ArgumentParser(prog=program, description=description, formatter_class=partial(HelpFormatter, width=_WIDTH))
