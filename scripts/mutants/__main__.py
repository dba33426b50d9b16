"""`python -m scripts.mutants --count 400 --seed 1`: draw faults, run for each the tests that come by, tell which nobody noticed.

Needs `coverage` (pip install coverage). All of it happens in copies. Golden files are off: they notice all, and say no reason.
"""

from __future__ import annotations

import argparse
import ast
import itertools
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypedDict

from scripts.mutants import OUT, ROOT
from scripts.mutants.faults import Fault, faults

LIBRARY = Path("constructs/tierwright")
MUTATED = ("blueprint", "declarations.py", "model", "components", "kit", "outputs")
GOLDEN = ("tests/test_snapshots.py", "tests/cluster", "tests/engine")
LONGEST = 900
"""Seconds after which the tests of a fault are ended; it may have made something endless, or the machine is busy."""

NEAR = 6
"""So many lines above at most."""

MANY = 50
"""So many tests may fail without a fault: on a busy machine some run out of time."""

LONG = 20
"""Seconds above which a test, with all its parameters, comes after the shorter ones."""


class Seen(TypedDict):
    """What one run of all the tests says."""

    tests: dict[str, dict[str, list[str]]]
    """By file and line, the tests that come by."""
    seconds: dict[str, float]
    """By test, with all its parameters."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.mutants", description="Which small faults does no test notice?")
    parser.add_argument("--count", type=int, default=400, help="how many faults are drawn")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    parser.add_argument("--most", type=int, help="how many tests a fault gets at most, the likeliest to notice it; all by default")
    parser.add_argument("--jobs", type=int, default=2, help="how many run at once")
    parser.add_argument("--seen", type=Path, help="a file that keeps which test runs which line, for the next time")
    parser.add_argument("--skip", action="append", default=[], help="a file of tests that is left out")
    given = parser.parse_args()
    os.nice(10)  # it takes long, and others work here too
    with tempfile.TemporaryDirectory() as folder:
        copies = SimpleQueue[Path]()
        for at in range(given.jobs):
            copies.put(_copied(Path(folder) / str(at)))
        seen = (
            json.loads(given.seen.read_text(encoding="utf-8")) if given.seen and given.seen.exists() else _look(copies, given.skip)
        )
        if given.seen:
            given.seen.write_text(json.dumps(seen), encoding="utf-8")
        chosen = _drawn(given.count, given.seed)
        with ThreadPoolExecutor(given.jobs) as pool:
            results = Counter(pool.map(lambda fault: _tried(fault, seen, copies, given.most), chosen))
    share = results["noticed"] / max(len(chosen), 1)
    print(f"{results['noticed']} of {len(chosen)} noticed ({share:.0%}); {dict(results)}")
    return 0


def _copied(target: Path) -> Path:
    """The project, with what set-up installed where it is."""
    links = (".venv", "node_modules")
    shutil.copytree(ROOT, target, ignore=shutil.ignore_patterns(*links, ".git", "__pycache__", ".*_cache", ".hypothesis", "build"))
    for name in links:
        (target / name).symlink_to(ROOT / name)
    return target


def _pytest(copy: Path, *arguments: str, seconds: float | None = None, out: str = "") -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(copy / "constructs"), str(copy), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", OUT: out}
    return subprocess.run(
        command, cwd=copy, env=environment, capture_output=True, text=True, encoding="utf-8", check=False, timeout=seconds
    )


def _look(copies: SimpleQueue[Path], skip: Sequence[str]) -> Seen:
    """Run all the tests once, and see which lines each comes by."""
    copy = copies.get()
    folder = copy / "seen"
    folder.mkdir()
    ignored = [f"--ignore={file}" for file in (*GOLDEN, *skip)]
    done = _pytest(copy, "-p", "scripts.mutants.running", "-n", "2", "tests", *ignored, out=str(folder))
    print(done.stdout.strip().splitlines()[-1], flush=True)
    if failures := _failures(done.stdout):
        print("\n".join(["these fail without a fault, so what they notice does not count:", *failures]), flush=True)
    if done.returncode not in (0, 1) or len(failures) > MANY:
        raise SystemExit("so many fail that nobody would know which lines are tested: mend them first")
    lines: dict[str, dict[str, set[str]]] = {}
    seconds: dict[str, float] = {}
    for file in folder.iterdir():
        found = json.loads(file.read_text(encoding="utf-8"))
        users = _users(found["uses"])
        for test, took in found["seconds"].items():
            seconds[test] = seconds.get(test, 0) + took
        for module, of_line in found["lines"].items():
            for line, contexts in of_line.items():
                tests = lines.setdefault(module, {}).setdefault(line, set())
                tests.update(test for context in contexts for test in _tests(context, users))
    copies.put(copy)
    return {
        "tests": {module: {line: sorted(tests) for line, tests in of_line.items()} for module, of_line in lines.items()},
        "seconds": seconds,
    }


def _users(uses: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    users: dict[str, list[str]] = {}
    for context, used in uses.items():
        for one in used:
            users.setdefault(one, []).append(context)
    return users


def _tests(context: str, users: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The tests that a context is a part of, also by what they use of what others computed."""
    open_, known = [context], {context}
    while open_:
        one = open_.pop()
        if one.startswith("test "):
            yield one.removeprefix("test ")
        new = set(users.get(one, ())) - known
        known |= new
        open_ += new


def _drawn(count: int, seed: int) -> list[Fault]:
    files = [file for file in sorted((ROOT / LIBRARY).rglob("*.py")) if file.relative_to(ROOT / LIBRARY).parts[0] in MUTATED]
    everything = [fault for file in files for fault in faults(str(file.relative_to(ROOT)), file.read_bytes())]
    print(f"{len(everything)} faults in {len(files)} modules", flush=True)
    random.Random(seed).shuffle(everything)  # noqa: S311 - no secret
    return list(itertools.islice(filter(_is_python, everything), count))


def _is_python(fault: Fault) -> bool:
    """Whether the module can still be read: what is in parentheses of its own cannot be left out by its place alone."""
    try:
        ast.parse(fault.applied((ROOT / fault.file).read_bytes()))
    except SyntaxError:
        return False
    return True


def _tried(fault: Fault, seen: Seen, copies: SimpleQueue[Path], most: int | None) -> str:
    """How it goes with a fault: `noticed`, `survived` or `endless`."""
    source = (ROOT / fault.file).read_bytes()
    tests = _by_relevance(fault, seen, source)[:most]
    copy = copies.get()
    try:
        result = _result(copy, fault, source, tests)
    finally:
        (copy / fault.file).write_bytes(source)
        copies.put(copy)
    print(f"{result}: {fault.shown(source)} ({len(tests)} tests)", flush=True)
    return result


def _result(copy: Path, fault: Fault, source: bytes, tests: Sequence[str]) -> str:
    left = list(tests)
    while left:
        (copy / fault.file).write_bytes(fault.applied(source))
        try:
            failed = _failed(copy, left)
        except subprocess.TimeoutExpired:
            return "endless"
        if not failed:
            return "survived"
        (copy / fault.file).write_bytes(source)
        if not (failed in left and _fails_anyway(copy, failed)):
            return "noticed"
        left.remove(failed)
    return "survived"


def _failed(copy: Path, tests: Sequence[str]) -> str:
    """The first of these tests that fails; `some` where that is not said, as where a module cannot be imported."""
    arguments = copy / "arguments.txt"
    arguments.write_text("\n".join(tests) + "\n", encoding="utf-8")
    done = _pytest(copy, "-x", "-n", "0", f"@{arguments}", seconds=LONGEST)
    return "" if done.returncode == 0 else next(iter(_failures(done.stdout)), "some")


def _failures(said: str) -> list[str]:
    """The tests that pytest says have failed, whatever their parameters are."""
    return sorted(set(re.findall(r"^(?:FAILED|ERROR) ([^\[\s]+)", said, re.MULTILINE)))


_FAILS_ANYWAY: dict[str, bool] = {}


def _fails_anyway(copy: Path, test: str) -> bool:
    """Whether a test fails without a fault, and so notices none."""
    if test not in _FAILS_ANYWAY:
        _FAILS_ANYWAY[test] = bool(_failed(copy, [test]))
    return _FAILS_ANYWAY[test]


def _by_relevance(fault: Fault, seen: Seen, source: bytes) -> list[str]:
    """The tests that come by the line; of lines run at import, all of the module, or all there are. The likeliest come first.

    Those are of files that are called like the module and its folders, then of files that have the words of the place, and then
    those that come by the fewest lines of the module; the long ones are last. Of a statement of several lines, coverage knows not
    each: then the nearest line above counts.
    """
    lines = {int(line): tests for line, tests in seen["tests"].get(fault.file, {}).items()}
    above = max((line for line in lines if fault.line - NEAR < line <= fault.line), default=0)
    tests = lines.get(above) or _all(lines) or sorted({test for of_module in seen["tests"].values() for test in _all(of_module)})
    width = Counter(test for of_line in lines.values() for test in of_line)
    words = set(re.findall(r"[A-Za-z]{4,}", source[fault.start : fault.end].decode())) or {fault.file}
    common = {file: len(words & _words(file)) for file in {test.partition("::")[0] for test in tests}}
    called = _parts(fault.file)
    named = {file: len(called & _parts(file)) for file in common}
    long = {test for test in tests if seen["seconds"].get(test, 0) > LONG}

    def unlikely(test: str) -> tuple[Any, ...]:
        file = test.partition("::")[0]
        return test in long, -named[file], -common[file], width[test], test

    return sorted(tests, key=unlikely)


def _all(lines: Mapping[Any, Sequence[str]]) -> list[str]:
    return sorted({test for of_line in lines.values() for test in of_line})


@cache
def _parts(file: str) -> frozenset[str]:
    """The words of a path."""
    return frozenset(re.split(r"[/_.]", file))


@cache
def _words(file: str) -> frozenset[str]:
    return frozenset(re.findall(r"[A-Za-z]{4,}", (ROOT / file).read_text(encoding="utf-8")))


if __name__ == "__main__":
    sys.exit(main())
