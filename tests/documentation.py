"""The commands that the documents name, as a reader would type them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.chart.platforms import castiel
from tests.rendering import ROOT
from tierwright.outputs.helm.texts import notes, readme

PROGRAMS = (
    "kubectl",
    "helm",
    "make",
    "python",
    ".venv/bin/python",
    "git",
    "cdk8s",
    "tierwright",
    "pip",
    "printf",
    "rabbitmqctl",
    "kustomize",
    "docker",
)
_FENCE = re.compile(r"^```\w*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_SPAN = re.compile(r"(?<!`)`([^`]+)`(?!`)")


@dataclass(frozen=True)
class Block:
    """Commands that belong together, each one line, from one document."""

    document: str
    commands: tuple[str, ...]

    def begins(self, *words: str) -> list[str]:
        """The commands that begin with these words."""
        return [one for one in self.commands if one.split()[: len(words)] == list(words)]


@cache
def blocks() -> tuple[Block, ...]:
    """Every block of commands, and every command inside of a sentence as a block of its own."""
    files = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "examples").glob("*/README.md"))]
    texts = {str(file.relative_to(ROOT)): file.read_text() for file in files}
    blueprint = castiel().blueprint
    texts["the chart's README.md"] = readme(blueprint.catalogue, "")
    texts["NOTES.txt"] = f"```\n{notes(blueprint)}```\n"
    return tuple(block for document, text in texts.items() for block in blocks_of(document, text))


def blocks_of(document: str, text: str) -> Iterator[Block]:
    """The blocks of commands in the text of a document."""
    for fenced in _FENCE.findall(text):
        commands = tuple(_commands(fenced))
        if commands:
            yield Block(document, commands)
    for span in _SPAN.findall(_FENCE.sub("", text)):
        for command in _commands(" ".join(span.split())):
            if len(command.split()) > 2:
                yield Block(document, (command,))


def _commands(text: str) -> Iterator[str]:
    joined = re.sub(r"(\\|\|)\n\s*", lambda end: "" if end[1] == "\\" else "| ", text)
    for line in joined.splitlines():
        command = line.strip().removeprefix("$ ")
        if command.split(" ", 1)[0] in PROGRAMS:
            yield re.sub(r"\s{2,}#.*", "", command)


def words(command: str) -> list[str]:
    """A command's words, as the shell reads them."""
    return shlex.split(command)


def named(*begin: str, document: str) -> str:
    """The one command of a document that begins with these words."""
    (found,) = {one for block in blocks() if block.document == document for one in block.begins(*begin)}
    return found


def commands_of(document: str) -> list[str]:
    """The commands of a document."""
    return [command for block in blocks() if block.document == document for command in block.commands]


def files_of(command: str) -> list[Path]:
    """The files and folders of this project that a command names."""
    return [Path(word.removeprefix("--values=")) for word in words(command) if re.match(r"(dist|config|examples)/", word)]
