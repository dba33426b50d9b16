"""The graph: waits, clients, levels and cycles, on small platforms of their own."""

import pytest

from castiel.model.graph import Graph, Order, Wait, find_cycle

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


def test_clients_are_those_that_wait() -> None:
    assert graph("graph").clients == {"db": ("a",), "a": ("b",), "b": ("c",), "c": (), "d": ()}
    assert graph("tiers").clients["a"] == ("b", "c", "d")


@pytest.mark.parametrize(
    ("order", "levels"),
    [("graph", {"db": 0, "a": 1, "b": 2, "c": 3, "d": 0}), ("tiers", {"db": 0, "a": 1, "b": 2, "c": 3, "d": 3})],
)
def test_a_level_is_the_longest_chain_of_waits(order: Order, levels: dict[str, int]) -> None:
    assert graph(order).levels == levels


@pytest.mark.parametrize(
    ("needs", "cycle"),
    [
        ({"a": ["b"], "b": []}, None),
        ({"a": ["a"]}, ("a", "a")),
        ({"c": ["b"], "b": ["a"], "a": ["c"]}, ("a", "c", "b", "a")),
    ],
)
def test_a_cycle_is_found_and_told_along_its_needs(needs: dict[str, list[str]], cycle: tuple[str, ...] | None) -> None:
    assert find_cycle(needs) == cycle
