"""A platform is a construct of cdk8s: it can be found, patched and depended on, and what is patched is what is written."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import cdk8s
import jsii
import pytest
from cdk8s import ApiObject, ApiObjectMetadata, Chart, JsonPatch

import tierwright
from constructs import Construct, IConstruct, IMixin
from tests.documents import load_all
from tests.processes import run
from tests.rendering import CONFIG, ENVIRONMENTS, ROOT, environment_files, render
from tests.test_declarations import declare
from tests.test_extras import WHOLE, own, shop
from tierwright import App, DescribedPlatform, Platform
from tierwright.components.layout import describe
from tierwright.outputs.folder import OutputError
from tierwright.outputs.manifests import manifest_files
from tierwright.outputs.yaml_text import stream
from tierwright.pipeline import Described

CATALOGUE = CONFIG / "catalogue.yaml"

SERVICE = ["account", "deployment", "service", "ready", "disruption-budget", "boundary"]
SERVER = ["account", "config", "service", "ready", "nodes", "statefulset", "boundary"]
COMPONENTS = {
    "namespace": ["namespace", "quota", "limits", "default-deny", "startup-gate"],
    "extra-objects": ["0"],
    "secret-generator": ["account", "role", "binding", "script", "job", "boundary"],
    "postgres": [*SERVER, "developers"],
    "rabbitmq": SERVER,
    "redis": SERVER,
    "calendar": ["account", "deployment", "service", "ready", "autoscaler", "disruption-budget", "boundary"],
    "api-gateway": ["account", "deployment", "service", "disruption-budget", "boundary"],
}
EXTERNAL_SECRETS = [
    "postgres-credentials",
    "postgres-administrator",
    "rabbitmq-credentials",
    "redis-credentials",
    "redis-administrator",
    "session-signing",
    "google-sign-in",
    "openai",
    "anthropic",
]
"""The ids are what programs of others say: a changed one breaks them, and is to be told in the CHANGELOG."""

EVERYTHING = {
    "namespace": {"quota": {"enabled": True}},
    "postgres": {"maxConnections": 500, "developerAccess": {"enabled": True, "cidrs": ["10.0.0.0/8"]}},
    "defaults": {"replicas": 2},
    "services": {"calendar": {"autoscaling": {"enabled": True, "minReplicas": 2}}},
    "extraObjects": [own(data={"a": "b"})],
}


def overlay(folder: Path, values: dict[str, Any]) -> Path:
    (folder / "overlay.yaml").write_text(stream([values]))
    return folder / "overlay.yaml"


def platform(scope: Construct, *values: Path, id: str = "castiel") -> Platform:
    return Platform(scope, id, catalogue=CATALOGUE, values=values)


def ids(construct: IConstruct) -> list[str]:
    return [child.node.id for child in construct.node.children]


def of(objects: list[Any], kind: str, name: str) -> Any:
    (found,) = [one for one in objects if (one["kind"], one["metadata"]["name"]) == (kind, name)]
    return found


def written(folder: Path) -> list[Any]:
    return [one for file in sorted(folder.glob("*.yaml")) for one in load_all(file.read_text())]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_cdk8s_holds_what_is_written(environment: str) -> None:
    """Every object is of its own class, and the class leaves nothing out."""
    app = App()
    made = platform(app, *environment_files(environment))
    assert set(made.charts) == {file.removesuffix(".yaml") for file in render(environment).files}
    for file, chart in made.charts.items():
        assert chart.to_json() == load_all(render(environment).files[f"{file}.yaml"])
    objects = [one for one in app.node.find_all() if isinstance(one, ApiObject)]
    assert len(objects) == len(render(environment).objects)
    assert {one.kind for one in objects if type(one) is ApiObject} <= {"ExternalSecret"}
    assert app.manifests() == dict(sorted(render(environment).files.items()))


def test_below_an_app_there_is_a_chart_for_each_file_and_in_it_a_construct_for_each_component(tmp_path: Path) -> None:
    app = App()
    made = platform(app, overlay(tmp_path, EVERYTHING))
    assert ids(app) == ["castiel"]
    assert ids(made) == [*made.charts] == [file.removesuffix(".yaml") for file in sorted(render().files)]
    assert ids(made.charts["02-infrastructure"]) == ["postgres", "rabbitmq", "redis"]
    assert ids(made.charts["00-namespace"]) == ["namespace", "extra-objects"]
    found = made.charts["02-infrastructure"].node.find_child("postgres").node.find_child("statefulset")
    assert found is made.api_object("postgres", "statefulset")
    assert (found.kind, found.name) == ("StatefulSet", "postgres")


def test_below_a_chart_there_is_none_and_the_components_are_below_the_platform() -> None:
    chart = cdk8s.Testing.chart()
    made = platform(chart)
    assert made.charts == {}
    assert ids(made)[:4] == ["namespace", "secret-generator", "postgres", "rabbitmq"]
    assert not [one for one in made.node.find_all() if Chart.is_chart(one)]
    objects = [one for file in sorted(render().files) for one in load_all(render().files[file])]
    assert cdk8s.Testing.synth(chart) == objects


def test_the_ids_are_these_whatever_the_values_are(tmp_path: Path) -> None:
    made = platform(cdk8s.Testing.chart(), overlay(tmp_path, EVERYTHING))
    assert {name: sorted(ids(made.component(name))) for name in COMPONENTS} == {
        name: sorted(known) for name, known in COMPONENTS.items()
    }
    services = made.described.platform.catalogue.services
    assert ids(made) == [name for name in ids(made) if name in COMPONENTS or name in services]
    for name in set(services) - set(COMPONENTS):
        assert set(ids(made.component(name))) <= set(SERVICE), name
    plain = platform(cdk8s.Testing.chart())
    for name in ids(plain):
        assert [one for one in ids(made.component(name)) if one in ids(plain.component(name))] == ids(plain.component(name))
    production = platform(cdk8s.Testing.chart(), CONFIG / "environments" / "production.yaml")
    assert ids(production.component("external-secrets")) == EXTERNAL_SECRETS


def test_a_patch_reaches_what_our_app_writes_and_what_cdk8s_writes(tmp_path: Path) -> None:
    apps = [App(outdir=tmp_path / "ours"), cdk8s.App(outdir=str(tmp_path / "cdk8s"), output_file_extension=".yaml")]
    for app in apps:
        made = platform(app)
        made.api_object("calendar", "deployment").add_json_patch(JsonPatch.replace("/spec/replicas", 5))
        made.api_object("calendar", "service").metadata.add_annotation("example.com/team", "c")
        assert made.component("messaging").node.try_remove_child("ready")
        app.synth()
    assert sorted(file.name for file in (tmp_path / "ours").iterdir()) == sorted(render().files)
    ours = written(tmp_path / "ours")
    theirs = written(tmp_path / "cdk8s")
    assert {(one["kind"], one["metadata"]["name"]): one for one in theirs} == {
        (one["kind"], one["metadata"]["name"]): one for one in ours
    }
    assert len(theirs) == len(ours)
    assert of(ours, "Deployment", "calendar")["spec"]["replicas"] == 5
    assert of(ours, "Service", "calendar")["metadata"]["annotations"]["example.com/team"] == "c"
    assert len(ours) == len(render().objects) - 1
    for name, text in render().files.items():
        if name != "06-productivity.yaml":
            assert (tmp_path / "ours" / name).read_text().partition("\n")[2] == text


def test_where_cdk8s_was_imported_first_the_keys_keep_their_order_all_the_same(tmp_path: Path) -> None:
    code = (
        "import sys, cdk8s\n"
        "from tierwright import App, Platform\n"
        "app = App(outdir=sys.argv[1])\n"
        "calendar = Platform(app, 'castiel', catalogue='config/catalogue.yaml').api_object('calendar', 'deployment')\n"
        "calendar.add_json_patch(cdk8s.JsonPatch.replace('/spec/replicas', 5))\n"
        "assert list(calendar.to_json()['spec'])[0] == 'progressDeadlineSeconds', 'Node sorts'\n"
        "app.synth()"
    )
    done = run(tmp_path, str(tmp_path / "out"), code=code, CDK8S_DISABLE_SORT="")
    assert (done.code, done.err) == (0, "")
    changed = [
        (line, plain)
        for file in sorted((tmp_path / "out").iterdir())
        for line, plain in zip(file.read_text().splitlines()[1:], render().files[file.name].splitlines(), strict=True)
        if line != plain
    ]
    assert changed == [("  replicas: 5", "  replicas: 1")]


@jsii.implements(IMixin)
class _Team:
    def supports(self, construct: IConstruct) -> bool:
        return ApiObject.is_api_object(construct)

    def apply_to(self, construct: IConstruct) -> None:
        ApiObject.of(construct).metadata.add_label("example.com/team", "platform")


def test_a_mixin_of_constructs_visits_every_object_and_is_written(tmp_path: Path) -> None:
    """constructs 10 has mixins for what the aspects of AWS' CDK are."""
    app = App()
    own_object = overlay(tmp_path, {"extraObjects": EVERYTHING["extraObjects"]})
    made = platform(app, CONFIG / "environments" / "production.yaml", own_object)
    made.with_(_Team())
    objects = [one for text in app.manifests().values() for one in load_all(text)]
    assert len(objects) > len(render("production").objects)
    assert {one["metadata"]["labels"]["example.com/team"] for one in objects} == {"platform"}


def test_whatever_is_patched_the_rest_is_written_as_it_was_declared(tmp_path: Path) -> None:
    """jsii, on the way, loses nulls; and a Node that others started sorts the keys."""
    app = App()
    odd = [one | {"metadata": {"name": f"own-{number}"}} for number, one in enumerate(WHOLE)]
    blueprint = describe(shop(tmp_path, stream([{"extraObjects": odd}])))
    made = DescribedPlatform(app, "shop", Described(render().platform, blueprint, blueprint.evaluated()))
    made.api_object("extra-objects", "0").add_json_patch(JsonPatch.add("/data/more", 1))
    files = manifest_files(made.described.objects)
    assert app.manifests() == files | {"00-namespace.yaml": app.manifests()["00-namespace.yaml"]}
    objects = load_all(app.manifests()["00-namespace.yaml"])
    for number, one in enumerate(odd):
        changed = {"data": {"retries": 3, "more": 1}} if number == 0 else {}
        assert of(objects, one["kind"], f"own-{number}") == {
            **one, **changed, "metadata": {"name": f"own-{number}", "namespace": "shop"},
        }  # fmt: skip


def test_charts_of_ones_own_come_behind_a_platform_and_before_it() -> None:
    app = App()
    before, behind = Chart(app, "90-before"), Chart(app, "10-behind")
    made = platform(app)
    for chart in (before, behind):
        ApiObject(chart, "own", api_version="v1", kind="ConfigMap", metadata=ApiObjectMetadata(name=chart.node.id))
    assert list(app.manifests())[-2:] == ["06-productivity.yaml", "07-application.yaml"]
    behind.add_dependency(made)
    made.add_dependency(before)
    files = list(app.manifests())
    assert files[0] == "0000-90-before.yaml"
    assert files[1] == "0001-00-namespace.yaml"
    assert files[-1] == "0009-10-behind.yaml"
    assert files == sorted(files)


def test_below_a_chart_dependencies_order_the_objects() -> None:
    chart = cdk8s.Testing.chart()
    made = platform(chart)
    first = ApiObject(chart, "first", api_version="v1", kind="ConfigMap", metadata=ApiObjectMetadata(name="first"))
    last = ApiObject(chart, "last", api_version="v1", kind="ConfigMap", metadata=ApiObjectMetadata(name="last"))
    made.add_dependency(first)
    last.add_dependency(made)
    made.component("postgres").node.add_dependency(made.component("redis"))
    names = [(one["kind"], one["metadata"]["name"]) for one in cdk8s.Testing.synth(chart)]
    assert names[0] == ("ConfigMap", "first")
    assert names[-1] == ("ConfigMap", "last")
    assert names.index(("StatefulSet", "redis")) < names.index(("StatefulSet", "postgres"))


def test_an_object_declared_late_is_in_its_file() -> None:
    blueprint = describe(render().platform)
    declare(blueprint, "late")
    app = App()
    made = DescribedPlatform(app, "castiel", Described(render().platform, blueprint, blueprint.evaluated()))
    assert list(made.charts) == [file.removesuffix(".yaml") for file in render().files]
    assert app.manifests() == manifest_files(blueprint.evaluated())


def test_an_unknown_component_or_object_is_an_error_that_names_the_nearest() -> None:
    made = platform(cdk8s.Testing.chart())
    with pytest.raises(LookupError, match=r"^there is no component `calender`; did you mean calendar\? allowed: "):
        made.component("calender")
    with pytest.raises(LookupError) as error:
        made.api_object("calendar", "deploy")
    assert str(error.value) == (
        "the component `calendar` has no object `deploy`; "
        "did you mean deployment? allowed: account, deployment, service, ready, boundary"
    )


def test_two_platforms_are_not_written_into_one_folder() -> None:
    app = App()
    for name in ("one", "two"):
        platform(app, id=name)
    with pytest.raises(OutputError) as error:
        app.manifests()
    assert str(error.value) == (
        "the charts one/00-namespace and two/00-namespace would both be 00-namespace.yaml; "
        "make each platform in an app of its own, with an outdir of its own"
    )


def test_a_wrong_value_is_the_error_that_the_command_prints(tmp_path: Path) -> None:
    with pytest.raises(tierwright.ConfigError, match=r"overlay\.yaml:1: nonsense: unknown key; "):
        platform(cdk8s.Testing.chart(), overlay(tmp_path, {"nonsense": 1}))


def test_the_values_beside_a_catalogue_count() -> None:
    made = Platform(cdk8s.Testing.chart(), "hello", catalogue=ROOT / "examples" / "hello" / "catalogue.yaml")
    assert made.namespace == "hello"


def test_what_is_patched_in_charts_is_what_main_writes(tmp_path: Path) -> None:
    patched = (
        "import sys, charts, main; from cdk8s import JsonPatch\n"
        "def castiel(described, make=charts.castiel):\n"
        "    app = make(described)\n"
        "    (platform,) = app.node.children\n"
        "    platform.api_object('calendar', 'deployment').add_json_patch(JsonPatch.replace('/spec/replicas', 5))\n"
        "    return app\n"
        "charts.castiel = castiel; sys.argv[0] = 'main.py'; sys.exit(main.main())"
    )
    done = run(tmp_path, "--out", str(tmp_path / "out"), code=patched)
    assert (done.code, done.err, done.left) == (0, "", [])
    assert of(written(tmp_path / "out"), "Deployment", "calendar")["spec"]["replicas"] == 5
    assert (tmp_path / "out" / "helm" / "castiel" / "Chart.yaml").is_file()


def test_main_reads_nothing_back_where_nothing_is_patched(tmp_path: Path) -> None:
    unreadable = (
        "import sys, main\n"
        "def unreadable(described, make=main._make):\n"
        "    app = make(described)\n"
        "    app.manifests = None\n"
        "    return app\n"
        "main._make = unreadable; sys.argv[0] = 'main.py'; sys.exit(main.main())"
    )
    assert run(tmp_path, "--out", str(tmp_path / "out"), code=unreadable) == (0, "", "", [])


def test_an_app_is_known_to_be_untouched_only_where_nobody_else_asked_node_for_anything(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from tierwright.node import starting\n"
        "def load():\n    import tierwright.cdk\n"
        "with starting(load): pass\n"
        "from tierwright import App, DescribedPlatform, described\n"
        "from tierwright.cdk import Chart\n"
        "platform = described(catalogue=Path('config/catalogue.yaml'), own=Path('config/values.yaml'))\n"
        "def answers(before=False, behind=False):\n"
        "    app = App()\n"
        "    if before: Chart(app, 'before')\n"
        "    made = DescribedPlatform(app, 'castiel', platform)\n"
        "    if behind: made.api_object('calendar', 'deployment')\n"
        "    return app.is_just(platform)\n"
        "print(answers(), answers(before=True), answers(behind=True), App().is_just(platform))"
    )
    done = run(tmp_path, code=code)
    assert (done.code, done.err, done.out) == (0, "", "True False False False\n")


def test_the_public_names_are_there_and_importing_the_library_starts_no_node() -> None:
    assert sorted(tierwright.__all__) == ["App", "ConfigError", "DescribedPlatform", "Platform", "described"]
    assert set(tierwright.__all__) <= set(dir(tierwright))
    assert all(getattr(tierwright, name) for name in tierwright.__all__)
    with pytest.raises(AttributeError, match=r"^module 'tierwright' has no attribute 'Plattform'$"):
        tierwright.Plattform  # noqa: B018
    code = "import sys, tierwright; tierwright.described; print([one for one in ('jsii', 'cdk8s') if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("number", range(2))
def test_each_program_of_the_document_runs(number: int, tmp_path: Path) -> None:
    programs = re.findall(r"^```python\n(.*?)^```$", (ROOT / "docs" / "embedding.md").read_text(), re.DOTALL | re.MULTILINE)
    assert len(programs) == 2
    program = programs[number].replace("build/own", str(tmp_path / "out"))
    assert run(tmp_path, code=program, JSII_NODE="", PATH="/does/not/exist")[:3] == (0, "", "")
    if "app.synth()" in program:
        calendar = of(written(tmp_path / "out"), "Deployment", "calendar")
        assert calendar["spec"]["revisionHistoryLimit"] == 2
        assert calendar["metadata"]["annotations"]["example.com/team"] == "calendar"
