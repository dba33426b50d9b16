"""The chart as people meet it: its files, its output, its refusals."""

import re
from collections.abc import Iterable

import pytest

from tests.chart.helm import Refusal, read, run, template
from tests.chart.platforms import castiel, charted, small
from tests.rendering import CONFIG, ENVIRONMENTS
from tierwright.model.reference import Entry, reference
from tierwright.model.values import values_type
from tierwright.outputs.helm.values_file import RELEASE

helm = pytest.mark.helm


def _rendered(*overlays: str, program: str = "helm") -> str:
    made = template(small().chart, overlays, namespace="shop", program=program)
    assert isinstance(made, str), made
    return made


def _environment(environment: str) -> list[str]:
    return [] if environment == "development" else [(CONFIG / "environments" / f"{environment}.yaml").read_text()]


def test_every_value_has_a_comment() -> None:
    lines = iter((castiel().chart / "values.yaml").read_text().splitlines())

    def described(entries: Iterable[Entry], above: tuple[str, ...] = ()) -> None:
        for entry in entries:
            if (*above, entry.key) not in RELEASE:
                before = ""
                for line in lines:
                    if line.startswith(f"{'  ' * len(above)}{entry.key}:"):
                        break
                    before = line
                assert before.startswith(f"{'  ' * len(above)}# "), entry
                described(entry.entries, (*above, entry.key))

    described(reference(values_type(castiel().blueprint.parts)))


def _leaves() -> list[tuple[tuple[str, ...], Entry]]:
    return [
        leaf for entry in reference(values_type(castiel().blueprint.parts)) for leaf in entry.leaves() if leaf[0] not in RELEASE
    ]


def test_the_readme_names_every_value() -> None:
    readme = (castiel().chart / "README.md").read_text()
    for path, _ in _leaves():
        assert f"| `{'.'.join(path)}` |" in readme


@helm
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_lint_finds_nothing(environment: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("overlay") / "overlay.yaml"
    file.write_text("\n".join(_environment(environment)))
    for program in ("helm", "helm4"):
        done = run("lint", "--strict", castiel().chart, "-f", file, program=program)
        assert done.returncode == 0, done.stdout + done.stderr


@helm
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_output_has_no_lines_of_spaces_and_no_doubled_blank_lines(environment: str) -> None:
    made = template(castiel().chart, _environment(environment), namespace="castiel")
    assert isinstance(made, str)
    assert not re.search(r"^[ \t]+$", made, flags=re.MULTILINE)
    assert not re.search(r"\n\n\n(?! +(def|if|#) )", made), "two are between functions of a script in Python alone"


@helm
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_helm_3_and_4_give_the_same_objects(environment: str) -> None:
    three, four = (
        template(castiel().chart, _environment(environment), namespace="castiel", program=program) for program in ("helm", "helm4")
    )
    assert isinstance(three, str)
    assert isinstance(four, str)
    assert read(three) == read(four)


@helm
def test_integers_stay_integers() -> None:
    made = _rendered("defaults: {security: {user: 1000000, group: 2147483647}, probes: {startup: {failureThreshold: 10000}}}")
    assert "runAsUser: 1000000\n" in made
    assert "runAsGroup: 2147483647\n" in made
    assert not re.search(r"[0-9]e\+", made)


@helm
def test_braces_that_a_value_holds_stay_as_they_are() -> None:
    made = _rendered('services: {web: {env: {A: "{{ .Values.images }}"}}}')
    assert 'value: "{{ .Values.images }}"' in made


@helm
def test_braces_that_the_catalogue_holds_stay_as_they_are() -> None:
    assert "it's {{ .Values }}" in _rendered()


@helm
def test_a_service_that_another_needs_cannot_be_left_out() -> None:
    refused = template(small().chart, ["services: {store: {enabled: false}}"], namespace="shop")
    assert isinstance(refused, Refusal)
    assert refused.message == "services.store.enabled: store is left out, but hints needs it; enable it, or disable hints too"


@helm
def test_an_optional_service_is_left_out_with_all_that_speaks_of_it() -> None:
    objects = read(_rendered("services: {hints: {enabled: false}}"))
    assert not [one for one in objects if one["metadata"]["name"] == "hints"]
    (web,) = [one for one in objects if (one["kind"], one["metadata"]["name"]) == ("Deployment", "web")]
    (container,) = web["spec"]["template"]["spec"]["containers"]
    assert "HINTS_SERVICE_URL" not in [variable["name"] for variable in container["env"]]
    (gates,) = [one for one in objects if (one["kind"], one["metadata"]["name"]) == ("ConfigMap", "startup-gate")]
    assert "hints" not in gates["data"]["targets"]


@helm
def test_each_revision_has_a_job_of_its_own_since_a_job_cannot_be_changed() -> None:
    jobs = [one["metadata"]["name"] for one in read(_rendered()) if one["kind"] == "Job"]
    assert jobs == ["secret-generator-1"]


WRONG = (
    ("services: {store: {replicas: 0}}", "services.store.replicas"),
    ("services: {web: {extraEnv: [{name: PORT, value: '1'}]}}", "services.web.extraEnv"),
    ("extraObjects: [{apiVersion: v1, kind: Service, metadata: {name: web}}]", "extraObjects[0]"),
)


@helm
def test_checks_that_are_too_long_for_one_file_of_helm_are_in_several_and_refuse_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Helm refuses files of more than five MiB, which the checks of 2,100 services are."""
    monkeypatch.setattr("tierwright.outputs.helm.chart._LARGEST", 2_000)
    several = charted(small().catalogue, small().own)
    names = sorted(file.name for file in (several.chart / "templates").glob("checks*"))
    assert names[:3] == ["checks-2.yaml", "checks-3.yaml", "checks-4.yaml"]
    assert names[-1] == "checks.yaml"
    assert template(several.chart, [], namespace="shop") == _rendered()
    for overlay, path in WRONG:
        for one in (small(), several):
            refused = template(one.chart, [overlay], namespace="shop")
            assert isinstance(refused, Refusal)
            assert path in refused.message
