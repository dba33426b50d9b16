"""The faults that `python -m scripts.mutants` puts into the library."""

from __future__ import annotations

import ast

from scripts.mutants.faults import faults

MODULE = '''\
"""A docstring is no behaviour."""

from a import b

Alias = dict[str, int]


@b("c")
def f(x: "int" = 3) -> "int":
    """Nor is this."""
    if x == 1 and not x:
        raise ValueError(f"no {x} of it")
    return {"é": x + 2, "d": [True, "e"]}
'''


def test_each_fault_changes_one_place_and_leaves_a_module_that_can_be_read() -> None:
    source = MODULE.encode()
    for fault in faults("a.py", source):
        changed = fault.applied(source)
        assert changed != source
        ast.parse(changed)


def test_faults_are_of_what_a_module_decides_computes_and_holds() -> None:
    source = MODULE.encode()
    found = {fault.shown(source).split(": ", 1)[1] for fault in faults("a.py", source)}
    assert found == {
        "constant: 3 -> 4",
        "condition: x == 1 and not x -> (not ((x == 1 and not x)))",
        "and, or: x == 1 and not x -> (((x == 1)) or ((not x)))",
        "comparison: x == 1 -> ((x) != (1))",
        "constant: 1 -> 2",
        "not: not x -> ((x))",
        'statement left out: raise ValueError(f"no {x} of it") -> pass',
        'entry left out: "é": x + 2 -> **{}',
        'entry left out: "d": [True, "e"] -> **{}',
        "text: \"é\" -> 'éx'",
        "text: \"d\" -> 'dx'",
        "text: \"e\" -> 'ex'",
        "arithmetic: x + 2 -> ((x) - (2))",
        "constant: 2 -> 3",
        "constant: True -> False",
        "item left out: True -> *()",
        'item left out: "e" -> *()',
    }
