"""A plugin of pytest: which test runs which lines, also by what an earlier test left in a cache.

`coverage` alone gives the lines of `render()` to the first test that calls it, and none to the others, which look at its result.
"""

from __future__ import annotations

import functools
import json
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import coverage
import pytest

from scripts.mutants import OUT, ROOT

_measuring = coverage.Coverage(data_file=None, source=[str(ROOT / "constructs" / "tierwright")], config_file=False)
_contexts = ["import"]
_uses: dict[str, set[str]] = {}
_seconds: defaultdict[str, float] = defaultdict(float)


@contextmanager
def _within(context: str) -> Iterator[None]:
    _contexts.append(context)
    _measuring.switch_context(context)
    try:
        yield
    finally:
        _contexts.pop()
        _measuring.switch_context(_contexts[-1])


def _cache(function: Callable[..., Any]) -> Callable[..., Any]:
    """As `functools.cache`, but what is computed is a context of its own, which all use that get the result."""
    found: dict[Any, tuple[str, Any]] = {}
    called = getattr(function, "__qualname__", repr(function))  # a partial has no name

    @functools.wraps(function)
    def cached(*arguments: Any, **named: Any) -> Any:
        key = (arguments, tuple(sorted(named.items())))
        if key not in found:
            context = f"cache {function.__module__}.{called} {len(found)}"
            with _within(context):
                found[key] = context, function(*arguments, **named)
        context, result = found[key]
        _uses.setdefault(_contexts[-1], set()).add(context)
        return result

    cached.cache_clear = found.clear  # type: ignore[attr-defined]
    return cached


def pytest_configure() -> None:
    """Begin before anything of the library is imported."""
    functools.cache = _cache  # type: ignore[assignment]
    _measuring.start()
    _measuring.switch_context(_contexts[-1])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[Any]:
    """One context for each test function, whatever its parameters are."""
    test, begun = item.nodeid.partition("[")[0], time.monotonic()
    with _within(f"test {test}"):
        try:
            return (yield)
        finally:
            _seconds[test] += time.monotonic() - begun


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> Iterator[Any]:
    """What several tests share is computed once, too."""
    context = f"fixture {fixturedef.baseid} {fixturedef.argname}"
    for name in request.fixturenames:
        _uses.setdefault(_contexts[-1], set()).add(f"fixture {fixturedef.baseid} {name}")
    if fixturedef.scope == "function":
        return (yield)
    with _within(context):
        return (yield)


def pytest_sessionfinish() -> None:
    """Write down the contexts of each line of each file, which contexts a context uses, and how long each test takes."""
    _measuring.stop()
    data = _measuring.get_data()
    lines = {
        str(Path(file).relative_to(ROOT)): {line: contexts for line, contexts in data.contexts_by_lineno(file).items() if contexts}
        for file in data.measured_files()
    }
    uses = {context: sorted(used) for context, used in _uses.items()}
    found = {"lines": lines, "uses": uses, "seconds": _seconds}
    (Path(os.environ[OUT]) / f"{os.getpid()}.json").write_text(json.dumps(found), encoding="utf-8")
