"""Lines of configuration of the servers: what they may say, and what the platform sets itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tierwright.config.problems import Path
from tierwright.expressions.conditions import ALWAYS, Condition, Matches, Truth, all_of
from tierwright.expressions.expression import Dig, Key, KeysMatching
from tierwright.expressions.tokens import Map, Text
from tierwright.kit.rules import Rule
from tierwright.model.names import pattern

LINE = pattern(
    "setting", r"^[!-~]([ -~]*[!-~])?\Z", "printable ASCII characters without outer spaces, in quotes where it is a number"
)
"""What follows the name of a setting on its line."""


def kept_settings(
    config: Mapping[str, str], *names: str, by: str, where: Condition | bool = ALWAYS, below: Path = ()
) -> Iterator[Rule]:
    """The rule that what the platform sets itself is not among the lines.

    `config` is the token of the map, `names` are patterns of names in small letters, and `by` says what decides them. `where` is
    the condition under which the platform does. The map is `config` at the path `below`.
    """
    assert isinstance(config, Map)
    kept = KeysMatching(config.expression, f"(?i:{'|'.join(names)})")
    yield Rule(
        path=(*below, "config"),
        keys=kept,
        broken=all_of(where, Truth(kept)),
        wrong=f"the platform sets {Text(Key())} itself",
        allowed=f"remove it; {by}",
    )


def unfit_setting(
    config: Mapping[str, str], name: str, unfit: str, *, wrong: str, allowed: str, where: Condition | bool = ALWAYS
) -> Rule:
    """The rule that the line of the setting `name` does not give it a value in which the pattern `unfit` is found.

    `config` and `where` are as for `kept_settings`; the other two texts are the rule's.
    """
    assert isinstance(config, Map)
    given = Dig(config.expression, (name,), "")
    return Rule(path=("config", name), broken=all_of(where, Matches(given, unfit)), wrong=wrong, allowed=allowed)
