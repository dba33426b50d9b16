"""The rule of variables that refer to one another; `tierwright.model.references` says what a reference is."""

from __future__ import annotations

from tierwright.config.problems import Path
from tierwright.expressions.conditions import ALWAYS, Ternary, Truth
from tierwright.expressions.expression import Expression, Operand
from tierwright.expressions.tokens import Text, operand_of
from tierwright.expressions.walks import seen
from tierwright.kit.rules import Rule
from tierwright.kit.walks.references import Dangling, SettingsOf
from tierwright.model.references import COMES_LATER, MISSING, REMEDY

HELPERS = (SettingsOf.helper, Dangling.helper)
"""The helpers of the chart for these walks."""


def no_dangling(path: Path, *, known: Operand, settings: Expression) -> Rule:
    """The rule that no text below `path` refers to a variable that does not come earlier; the arguments are those of `Dangling`."""
    reference = Text(seen("reference"))
    texts = [operand_of(wrong.format(reference)) for wrong in (COMES_LATER, MISSING)]
    return Rule(
        path=path,
        each=Dangling(known, settings),
        broken=ALWAYS,
        wrong=Text(Ternary(Truth(seen("later")), *texts)),
        allowed=REMEDY.format(reference),
    )
