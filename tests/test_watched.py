"""No component decides by a value in silence: its decisions are watched, and its marks are other ones the next time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from tests.chart.platforms import bookshop, castiel, small
from tests.rendering import ROOT
from tests.watched import HELPERS, compiled
from tierwright.blueprint import Blueprint
from tierwright.components.layout import describe
from tierwright.expressions import tokens
from tierwright.expressions.expression import AllValues, Expression, TraceError
from tierwright.expressions.tokens import Token, pieces
from tierwright.model.platform import Platform
from tierwright.outputs.helm import chart_files
from tierwright.pipeline import Described


def test_components_decide_nothing_by_a_value_in_silence() -> None:
    done = subprocess.run([sys.executable, "-m", "tests.watched"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    modules = {
        ".".join(file.relative_to(ROOT / "constructs").with_suffix("").parts).removesuffix(".__init__")
        for folder in ("components", "kit")
        for file in (ROOT / "constructs" / "tierwright" / folder).rglob("*.py")
        if "scripts" not in file.relative_to(ROOT).parts  # those run in containers
    }
    assert set(done.stdout.split()) >= {"tierwright.blueprint", "tierwright.declarations", *modules}


@pytest.mark.parametrize(
    "decision",
    [
        'f"{host}-a" == "shop-a"',
        '"shop-a" != f"{host}-a"',
        '"a" < f"{host}" < "b"',
        'f"{host}-a" in ["shop-a"]',
        '"shop" in f"{host}-a"',
        '"shop-a" in [f"{host}-a"]',
        '1 if f"{host}" else 2',
        'f"{host}" or "none"',
        'not f"{host}"',
        '[one for one in "a" if f"{host}"]',
        'f"{host}-a".startswith("shop")',
        '"shop".startswith(f"{host}")',
        'f"{host} {host}".split()',
        'f"{host}-a"[0]',
        'len(f"{host}-a")',
        'sorted(["b", f"{host}-a"])',
        'set((f"{host}-a", "b"))',
        're.search("shop", f"{host}-a")',
        'json.dumps(f"{host}")',
        "(lambda: f'{host}-a' == 'shop-a')()",
    ],
)
def test_a_decision_by_a_text_with_a_token_in_it_is_an_error(decision: str) -> None:
    with pytest.raises(TraceError) as error:
        _run(f"import re, json\ndecision = {decision}\n")
    assert str(error.value).startswith("the text `${public.host}")
    assert str(error.value).endswith("` is not known while the manifests are described; use choose() or an expression")


@pytest.mark.parametrize("decision", ["tls == True", "tls in [True]", "False != tls"])
def test_a_condition_beside_a_constant_is_an_error(decision: str) -> None:
    with pytest.raises(TraceError) as error:
        _run(f"decision = {decision}\n")
    assert str(error.value) == "public.tls is not known while the manifests are described; use when(), choose() or all_of()"


def test_what_decides_nothing_by_a_value_stays_as_it_is() -> None:
    found = _run(
        """\
from __future__ import annotations
from tierwright.expressions.conditions import ALWAYS
class Thing:
    name: str = "a"
    def is_called(self, name: str) -> bool:
        return self.name == name and not name != "a"
calls = []
def once():
    calls.append(1)
    return "a"
decision = [
    Thing().is_called(once()), tls == ALWAYS, tls in (ALWAYS,), host is None, "b".join([f"{host}", "c"]).__class__, "a" < "b" < "c",
    len(["a"]), sorted(["b", "a"]), [one for one in ["a", ""] if one], (host == "shop") is not None, calls,
]
"""
    )
    assert found == [True, False, False, False, str, True, 1, ["a", "b"], ["a"], True, [1]]


def _run(source: str) -> Any:
    """What a module calls its decision."""
    public = small().blueprint.values.public
    names = {**HELPERS, "host": public.host, "tls": public.tls, "__name__": "snippet"}
    exec(compiled(source, "snippet.py"), names)  # noqa: S102 - of this test
    return names["decision"]


@pytest.mark.parametrize("charted", [castiel, bookshop, small])
def test_what_is_described_does_not_depend_on_the_marks(charted: Any) -> None:
    """A decision by the length or the order of marked texts would come out otherwise: the marks are other ones, and longer."""
    platform = charted().load([])
    before = _described(platform)
    tokens._marked.extend([AllValues()] * 9 * len(tokens._marked))  # noqa: SLF001 - as if there had been more tokens before
    tokens._marks.clear()  # noqa: SLF001
    assert _described(platform) == before


def _described(platform: Platform) -> tuple[list[Any], list[Any], Mapping[str, str]]:
    """The declared objects and named templates, the objects, and the chart."""
    blueprint = describe(platform)
    chart = chart_files(Described(platform, blueprint, []))
    return _spelled(blueprint), [one.object for one in blueprint.evaluated()], chart


def _spelled(blueprint: Blueprint) -> list[Any]:
    return [_without_marks([one.condition, one.manifest]) for one in blueprint.declared] + [
        _without_marks([named.name, named.parameters, named.body]) for named in blueprint.templates
    ]


def _without_marks(tree: Any) -> Any:
    """A tree with the expressions in place of their marks."""
    if isinstance(tree, str):
        return [_without_marks(piece) if isinstance(piece, Expression) else piece for piece in pieces(tree)]
    if isinstance(tree, Token):
        return _without_marks(tree.expression)
    if isinstance(tree, Mapping):
        return {key: _without_marks(value) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [_without_marks(one) for one in tree]
    if isinstance(tree, msgspec.Struct):
        return [type(tree).__name__, *(_without_marks(getattr(tree, name)) for name in tree.__struct_fields__)]
    return tree
