"""The law of the Compose file: a container gets what the kubelet would give it, or the file says what it does not get."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from typing import Any

from tests.compose.engine import Engine
from tests.compose.kubelet import Key, Kubelet, Object, Pod, pods, sources_of
from tests.compose.seen import Mounted, Seen, Unknown, differences
from tests.compose.specification import refused
from tests.rendering import Rendered

SAMPLE = 'it\'s "$(PORT)" $$ ${{PORT}} %s\\n #{} ü'
"""A secret that whoever replaces variables twice would spoil."""

WRITING = "Compose puts files into these, so they may write to their images: "

LEAST_MEMORY, LEAST_CORES = 6 * 2**20, Fraction(1, 100)
"""The smallest limits that Docker takes."""


def broken(rendered: Rendered, text: str, *, missing: bool = False) -> list[str]:
    """How the Compose file `text` breaks the law and its specification.

    `rendered` is its platform, with every Service at the port of its program.

    `missing`: of the secrets that may be missing there is none.
    """
    read = [*_read(rendered)]
    needed = {key for key, optional in read if not optional or not missing}
    samples = {key: SAMPLE.format("-".join(key)) for key in needed}
    variables = variables_of(rendered, text)
    engine = Engine(text, {variable: samples[key] for variable, key in variables.items() if key in samples})
    found = dict(engine.containers())
    writing = next((line.removeprefix(WRITING).split(", ") for line in engine.told if line.startswith(WRITING)), [])
    problems = refused(engine.raw)
    mounted: list[tuple[Mounted, Mounted]] = []
    for pod, container, expected in Kubelet(rendered, samples).containers():
        name = service_of(pod, container)
        if name not in found:
            problems.append(f"{name} is not there")
            continue
        got = found[name]
        told = _told(engine.told, pod, container)
        if pod.workload in writing:
            told.add(WRITING)
        problems += [f"{name}: {one}" for one in differences(_of_engine(expected, told), _known(got, expected, told))]
        mounted += [(one, got.kept[path]) for path, one in expected.kept.items() if path in got.kept]
    problems += [
        f"{one} and {other} are {ours} and {others}"
        for (one, ours), (other, others) in combinations(mounted, 2)
        if one.seen_from(other) != ours.seen_from(others)
    ]
    return problems


def service_of(pod: Pod, container: str) -> str:
    """The service of a container."""
    return pod.workload if container == pod.spec["containers"][0]["name"] else f"{pod.workload}-{container}"


def _told(lines: Collection[str], pod: Pod, container: str) -> set[str]:
    """What the file says that a container does not get."""
    start, end = f"{pod.workload}: ", f", in {container}"
    return {line.removeprefix(start).removesuffix(end) for line in lines if line.startswith(start)}


def _of_engine(expected: Seen, told: Collection[str]) -> Seen:
    """What a container gets of an engine, which does not know all that a cluster does."""
    return replace(
        expected,
        variables={
            name: value for name, value in expected.variables.items() if not isinstance(value, Unknown) or value.words not in told
        },
        unmounted={path for path in expected.unmounted if f"what is mounted at {path}" not in told},
        cpus=expected.cpus and max(expected.cpus, LEAST_CORES),
        memory=expected.memory and max(expected.memory, LEAST_MEMORY),
    )


def _known(got: Seen, expected: Seen, told: Collection[str]) -> Seen:
    """What a container gets, without what is told."""
    empty = {name for name, value in got.variables.items() if value == "" and name not in expected.variables}
    missing = {path for path in got.files if path not in expected.files and got.files[path][0] == ""}
    unset = {path for path in missing if f"what is mounted at {path}, an empty file where nobody sets it" in told}
    said = {name for name in empty if f"the variable {name}, which is empty where nobody sets it" in told}
    broken_lines = {path for path in got.files if f"what is mounted at {path}, a line break in place of an empty file" in told}
    least = {path: ("", got.files[path][1]) for path in broken_lines if got.files[path][0] == "\n"}
    return replace(
        got,
        variables={name: value for name, value in got.variables.items() if name not in said},
        files={path: least.get(path, one) for path, one in got.files.items() if path not in unset},
        read_only=got.read_only or (WRITING in told and bool(got.files)),
    )


def _read(rendered: Rendered) -> Iterator[tuple[Key, bool]]:
    """The keys of Secrets that containers get, and whether they may be missing."""
    for pod in pods(rendered):
        for container in pod.containers:
            for key in _keys_of_variables(container).values():
                yield (key["name"], key["key"]), key.get("optional", False)
        for source in (one for volume in pod.volumes.values() for one in sources_of(volume)):
            for item in source.get("secret", {}).get("items", []):
                yield (source["secret"]["secretName"], item["key"]), source["secret"].get("optional", False)


def _keys_of_variables(container: Object) -> dict[str, Any]:
    found = {one["name"]: one.get("valueFrom", {}).get("secretKeyRef") for one in container.get("env", [])}
    return {name: key for name, key in found.items() if key}


def variables_of(rendered: Rendered, text: str) -> dict[str, Key]:
    """The variables of the Compose file with the keys of Secrets that they hold, by the containers that get a key alone.

    Raises AssertionError where a variable is of two keys, or a key in two variables.
    """
    engine = Engine(text)
    found: dict[str, Key] = {}
    for pod in pods(rendered):
        for container in pod.containers:
            service = engine.raw["services"].get(service_of(pod, container["name"]), {})
            for variable, key in [*_of_variables(container, service), *_of_files(pod, container, service, engine.raw)]:
                assert found.setdefault(variable, key) == key, f"{variable} holds {found[variable]} and {key}"
    assert len({*found.values()}) == len(found), found
    return found


def _of_variables(container: Object, service: Object) -> Iterator[tuple[str, Key]]:
    environment = service.get("environment", {})
    for name, key in _keys_of_variables(container).items():
        if name in environment:
            written = environment[name]
            variable = re.fullmatch(r"\$\{(\w+)(?:[:?-].*)?\}", f"${{{name}}}" if written is None else written)
            assert variable, f"{name} is {written}"
            yield variable[1], (key["name"], key["key"])


def _of_files(pod: Pod, container: Object, service: Object, document: Object) -> Iterator[tuple[str, Key]]:
    mounted = {one["target"]: document["secrets"][one["source"]]["environment"] for one in service.get("secrets", [])}
    for mount in container.get("volumeMounts", []):
        secrets = [one.get("secret", {}) for one in sources_of(pod.volumes.get(mount["name"], {}))]
        for secret, item in ((one, item) for one in secrets for item in one.get("items", [])):
            path = mount["mountPath"] if mount.get("subPath") else f"{mount['mountPath']}/{item['path']}"
            if path in mounted and mount.get("subPath", item["path"]) == item["path"]:
                yield mounted[path], (secret["secretName"], item["key"])
