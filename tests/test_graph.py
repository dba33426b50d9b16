"""The graph: waits, levels and cycles, on small platforms of their own."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierwright.model.graph import Graph, Order, Wait, find_cycles, find_path

TIERS = ["data", "low", "high"]
TIER_OF = {"db": "data", "a": "low", "b": "low", "c": "high", "d": "high"}
NEEDS = {"a": ["db"], "b": ["a"], "c": ["b"], "d": []}


def graph(order: Order) -> Graph:
    return Graph(order=order, tiers=TIERS, tier_of=TIER_OF, needs=NEEDS)


def test_by_graph_a_pod_waits_for_its_needs() -> None:
    assert graph("graph").waits("c") == (Wait("b", "low", needed=True),)
    assert graph("graph").waits("d") == ()


def test_by_tiers_a_pod_waits_for_every_earlier_tier_and_for_its_needs_inside_its_own() -> None:
    assert graph("tiers").waits("b") == (Wait("db", "data", needed=False), Wait("a", "low", needed=True))
    assert graph("tiers").waits("d") == (
        Wait("db", "data", needed=False),
        Wait("a", "low", needed=False),
        Wait("b", "low", needed=False),
    )


def test_a_data_service_waits_for_nothing() -> None:
    assert graph("tiers").waits("db") == ()


@pytest.mark.parametrize(
    ("order", "levels"),
    [("graph", {"db": 0, "a": 1, "b": 2, "c": 3, "d": 0}), ("tiers", {"db": 0, "a": 1, "b": 2, "c": 3, "d": 3})],
)
def test_a_level_is_the_longest_chain_of_waits(order: Order, levels: dict[str, int]) -> None:
    assert graph(order).levels == levels


def test_a_tier_that_holds_nothing_does_not_end_the_order_of_the_tiers() -> None:
    """Argo CD goes by the levels: what comes after an empty tier would start together with what comes before it."""
    sparse = Graph(order="tiers", tiers=["none", "data", "low", "nothing", "high", "last"], tier_of=TIER_OF, needs=NEEDS)
    assert sparse.levels == graph("tiers").levels


@pytest.mark.parametrize(
    ("needs", "cycles"),
    [
        ({"a": ["b"], "b": []}, []),
        ({"a": ["a"]}, ["aa"]),
        ({"c": ["b"], "b": ["a"], "a": ["c"]}, ["acba"]),
        # two that have nothing in common
        ({"a": ["b"], "b": ["a"], "c": ["d"], "d": ["c"]}, ["aba", "cdc"]),
        # one inside the other, sharing a need; the shortest through each
        ({"a": ["b"], "b": ["a", "c"], "c": ["a"]}, ["aba"]),
        # in a row, sharing a name
        ({"a": ["b"], "b": ["a", "c"], "c": ["b"]}, ["aba", "bcb"]),
        # each with each
        ({"a": ["b", "c"], "b": ["a", "c"], "c": ["a", "b"]}, ["aba", "aca", "bcb"]),
    ],
)
def test_every_cycle_is_found_and_told_along_its_needs(needs: dict[str, list[str]], cycles: list[str]) -> None:
    assert ["".join(cycle) for cycle in find_cycles(needs)] == cycles


def test_a_cycle_begins_with_a_need_that_is_preferred_where_it_has_one() -> None:
    needs = {"a": ["b"], "b": ["c"], "c": ["a"], "d": ["e"], "e": ["d"]}
    assert ["".join(cycle) for cycle in find_cycles(needs, prefers=lambda *pair: pair == ("b", "c"))] == ["bcab", "ded"]


@settings(deadline=None, derandomize=True, database=None)
@given(st.dictionaries(st.sampled_from("abcdefgh"), st.lists(st.sampled_from("abcdefgh"), unique=True)))
def test_without_the_first_need_of_each_cycle_there_is_none_left(needs: dict[str, list[str]]) -> None:
    cycles = list(find_cycles(needs))
    for cycle in cycles:
        assert cycle[0] == cycle[-1]
        assert len(set(cycle)) == len(cycle) - 1
        assert all(need in needs[name] for name, need in pairwise(cycle))
    first = {cycle[:2] for cycle in cycles}
    assert len(first) == len(cycles)
    assert not list(find_cycles({name: [need for need in of if (name, need) not in first] for name, of in needs.items()}))


def test_the_shortest_way_along_the_needs() -> None:
    assert find_path({"a": ["b", "c"], "b": ["d"], "c": ["e"], "d": ["e"]}, "a", "e") == ("a", "c", "e")
    assert find_path({"a": ["b"]}, "a", "c") == ()
