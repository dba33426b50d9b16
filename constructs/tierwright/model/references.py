"""References of variables to one another, `$(NAME)`: Kubernetes expands those to earlier variables, and no others.

As in k8s.io/kubernetes, third_party/forked/golang/expansion: `$$` means `$`, and the parentheses may contain anything.
In a container's command and arguments they are no errors: there `$(date)` is the shell's, and all variables come earlier. All come
earlier for a mount's `subPathExpr` too, but a container with a reference to none never starts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from tierwright.config.problems import Path

REFERENCE = r"\$\$|\$\([^)]*\)"
"""A reference, or a dollar sign that begins none; the pattern means the same in Python and in Go."""

OF_KUBERNETES = r"^KUBERNETES_(SERVICE|PORT)"
"""Variables that every container has from the beginning: those of the Service `kubernetes`."""


COMES_LATER = "{} refers to a variable that comes later"
MISSING = "there is no variable for {}"
REMEDY = "refer to one that comes before it, or write ${} for the text itself"
"""What is wrong with a reference that Kubernetes leaves as it is, and the way out."""


class Setting(msgspec.Struct, frozen=True):
    """A variable with its text, empty where that refers to nothing, and the path at which the text is written.

    What is no variable but refers to some has no name.
    """

    name: str
    text: str = ""
    path: Path = ()


def text_of(value: object) -> str:
    """A text that may contain references; empty for anything else, which is wrong or for Kubernetes to check."""
    return value if isinstance(value, str) else ""


def references(text: str) -> Iterator[str]:
    """The names that a text refers to."""
    for reference in re.findall(REFERENCE, text):
        if reference != "$$":
            yield reference[2:-1]


def dangling(known: Iterable[str], settings: Iterable[Setting]) -> Iterator[tuple[Setting, str, bool]]:
    """References to what does not come earlier: the setting, the name, and whether there is a variable of that name later.

    `known` are the names before the first setting.
    """
    settings = list(settings)
    earlier, names = set(known), {setting.name for setting in settings if setting.name}
    for setting in settings:
        for name in references(setting.text):
            if name not in earlier and not re.search(OF_KUBERNETES, name):
                yield setting, name, name in names
        if setting.name:
            earlier.add(setting.name)
