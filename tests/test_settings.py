"""Settings of services: variables with types, which the values may set otherwise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.chart.drawing import drawn
from tests.chart.law import broken
from tests.chart.platforms import Charted, charted, charted_text
from tests.rendering import render_platform
from tests.shop import errors
from tests.texts import ODD_TEXTS
from tierwright.expressions.texts import number_text
from tierwright.pipeline import described

CATALOGUE = """\
name: shop
tiers: [{name: t}]
secrets: {keys: {source: provided, keys: [API_KEY]}}
everyService: {environment: {LOG_LEVEL: info}}
services:
  web:
    tier: t
    port: 80
    settings:
      MAX_UPLOAD_MB: {type: integer, default: 10, minimum: 1, maximum: 100, description: The largest upload.}
      RATIO: {type: number, default: 0.5, maximum: 1000000.5}
      SIGN_UP: {type: boolean, default: true}
      GREETING: {type: string, default: "it's $(PORT) {{ x }}"}
      LOG_LEVEL: {type: string, default: warn, enum: [debug, warn, "yes"]}
    secrets: [keys]
    environment: {LIMIT: "$(MAX_UPLOAD_MB)M"}
  other: {tier: t}
"""


def shop() -> Charted:
    return charted_text(CATALOGUE)


def texts(folder: Path, overlay: str) -> dict[str, str]:
    """The settings of `web`, as its container gets them."""
    (folder / "overlay.yaml").write_text(overlay)
    variables = render_platform(shop().load([folder / "overlay.yaml"])).variables("Deployment", "web")
    return {name: variables[name]["value"] for name in ("MAX_UPLOAD_MB", "RATIO", "SIGN_UP", "GREETING", "LOG_LEVEL")}


def of_web(**settings: object) -> str:
    return yaml.safe_dump({"services": {"web": {"settings": settings}}}, default_flow_style=True, width=9999)


DEFAULTS = {
    "MAX_UPLOAD_MB": "10",
    "RATIO": "0.5",
    "SIGN_UP": "true",
    "GREETING": "it's $$(PORT) {{ x }}",  # for Kubernetes, which gives the program one dollar sign
    "LOG_LEVEL": "warn",
}
SET = {
    "{}": DEFAULTS,
    of_web(MAX_UPLOAD_MB=20, RATIO=1e-7, SIGN_UP=False, GREETING="", LOG_LEVEL="yes"): {
        "MAX_UPLOAD_MB": "20",
        "RATIO": "1e-7",
        "SIGN_UP": "false",
        "GREETING": "",
        "LOG_LEVEL": "yes",
    },
    "services: {web: {settings: {MAX_UPLOAD_MB: 20.0, RATIO: 1000000, GREETING: '20'}}}": {
        **DEFAULTS,
        "MAX_UPLOAD_MB": "20",
        "RATIO": "1000000",
        "GREETING": "20",
    },
    "services: {web: {settings: {MAX_UPLOAD_MB: ~, RATIO: ~, GREETING: ~}}}": DEFAULTS,
    "services: {web: {settings: ~}}": DEFAULTS,
    "services: {web: ~}": DEFAULTS,
    of_web(RATIO=-123456789.25): {**DEFAULTS, "RATIO": "-123456789.25"},
}


@pytest.mark.parametrize(("overlay", "variables"), SET.items())
def test_a_setting_is_a_variable_whose_text_is_its_value(overlay: str, variables: dict[str, str], tmp_path: Path) -> None:
    assert texts(tmp_path, overlay) == variables


@pytest.mark.helm
@pytest.mark.parametrize("overlay", SET)
def test_the_chart_has_the_same_texts(overlay: str) -> None:
    assert not broken(shop(), [overlay])
    assert not broken(shop(), [of_web(MAX_UPLOAD_MB=7), overlay])


@pytest.mark.helm
@drawn(0.3)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "MAX_UPLOAD_MB": st.one_of(st.integers(-1, 102), st.floats(0, 3), st.sampled_from(["10", True, 5.0, None])),
            "RATIO": st.one_of(
                st.floats(-1e15, 1e6),
                st.floats(-1e-4, 1e-4),
                st.integers(-(2**53), 2**20),
                st.sampled_from([1e-6, 1e-7, 1000000.5, "1"]),
            ),
            "SIGN_UP": st.sampled_from([True, False, None, "true", 1]),
            "GREETING": st.one_of(st.sampled_from([*ODD_TEXTS, "$", "$$(A)", "$(A)", "${x}"]), st.integers(0, 3)),
            "LOG_LEVEL": st.sampled_from(["debug", "yes", "info", "", True]),
            "OTHER": st.just(1),
        },
    )
)
def test_for_all_values_manifests_and_chart_are_the_same_or_both_refuse(settings: dict[str, object]) -> None:
    assert not broken(shop(), [of_web(**settings)]), settings


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (-3, "-3"),
        (3.0, "3"),
        (0.1, "0.1"),
        (1e-6, "0.000001"),
        (1.25e-7, "1.25e-7"),
        (1e-10, "1e-10"),
        (-2.5e-11, "-2.5e-11"),
        (123456789012345.67, "123456789012345.67"),
        (2**53, "9007199254740992"),
    ],
)
def test_a_number_is_written_as_json_has_it(number: float, text: str) -> None:
    assert number_text(number) == text


def test_settings_come_after_secrets_and_before_the_texts_that_may_refer_to_them(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("services: {web: {env: {A: '$(SIGN_UP)'}}}")
    names = [*render_platform(shop().load([tmp_path / "a.yaml"])).variables("Deployment", "web")]
    assert names == [
        "PORT", "SERVICE_NAME", "API_KEY", "MAX_UPLOAD_MB", "RATIO", "SIGN_UP", "GREETING", "LOG_LEVEL", "LIMIT", "A",
    ]  # fmt: skip


def test_the_chart_lists_them_with_their_defaults_and_what_is_allowed() -> None:
    values = yaml.safe_load((shop().chart / "values.yaml").read_text())
    assert values["services"]["web"]["settings"]["MAX_UPLOAD_MB"] == 10
    readme = (shop().chart / "README.md").read_text()
    assert "| `services.web.settings.MAX_UPLOAD_MB` | `10` | The largest upload. | a whole number from 1 to 100 |" in readme
    assert "| `services.web.settings.LOG_LEVEL` | `warn` |  | debug, warn, yes |" in readme
    schema = json.loads((shop().chart / "values.schema.json").read_text())
    assert "settings" in json.dumps(schema["properties"]["services"]["allOf"])


def test_the_values_beside_the_catalogue_may_give_other_defaults(tmp_path: Path) -> None:
    (tmp_path / "catalogue.yaml").write_text(CATALOGUE)
    (tmp_path / "values.yaml").write_text(of_web(MAX_UPLOAD_MB=50))
    own = charted(tmp_path / "catalogue.yaml", tmp_path / "values.yaml")
    assert yaml.safe_load((own.chart / "values.yaml").read_text())["services"]["web"]["settings"]["MAX_UPLOAD_MB"] == 50
    assert render_platform(own.load([])).variables("Deployment", "web")["MAX_UPLOAD_MB"]["value"] == "50"


IN_THE_VALUES = {
    of_web(MAX_UPLOAD_MB=0): "services.web.settings.MAX_UPLOAD_MB: 0 is not allowed; allowed: a whole number from 1 to 100",
    of_web(MAX_UPLOAD_MB=101): "services.web.settings.MAX_UPLOAD_MB: 101 is not allowed; allowed: a whole number from 1 to 100",
    of_web(MAX_UPLOAD_MB="20"): "services.web.settings.MAX_UPLOAD_MB: '20' is not allowed; allowed: a whole number from 1 to 100",
    of_web(MAX_UPLOAD_MB=1.5): "services.web.settings.MAX_UPLOAD_MB: 1.5 is not allowed; allowed: a whole number from 1 to 100",
    of_web(MAX_UPLOAD_MB=[1]): "services.web.settings.MAX_UPLOAD_MB: a list is not allowed; allowed: a whole number from 1 to 100",
    of_web(RATIO=True): "services.web.settings.RATIO: true is not allowed; allowed: a number of at most 1000000.5",
    of_web(SIGN_UP="yes"): "services.web.settings.SIGN_UP: 'yes' is not allowed; allowed: true or false",
    of_web(GREETING=1): "services.web.settings.GREETING: 1 is not allowed; allowed: text, so put it in quotes",
    of_web(LOG_LEVEL="info"): "services.web.settings.LOG_LEVEL: 'info' is not allowed; allowed: debug, warn, yes",
    of_web(MAX_UPLOAD=1): (
        "services.web.settings.MAX_UPLOAD: the catalogue has no such setting of web; did you mean MAX_UPLOAD_MB? "
        "allowed: MAX_UPLOAD_MB, RATIO, SIGN_UP, GREETING, LOG_LEVEL"
    ),
    of_web(MAX_UPLOAD=None): (
        "services.web.settings.MAX_UPLOAD: the catalogue has no such setting of web; did you mean MAX_UPLOAD_MB? "
        "allowed: MAX_UPLOAD_MB, RATIO, SIGN_UP, GREETING, LOG_LEVEL"
    ),
    "services: {other: {settings: {A: 1}}}": (
        "services.other.settings.A: the catalogue has no such setting of other; allowed: none, as there is none"
    ),
    "services: {web: {settings: [1]}}": "services.web.settings: a list is not allowed; allowed: a mapping",
    "defaults: {settings: {SIGN_UP: false}}": (
        "defaults.settings: belongs in services.NAME, as each setting is of one service; move it there"
    ),
    "services: {web: {env: {SIGN_UP: 'no'}}}": (
        "services.web.env.SIGN_UP: SIGN_UP is a setting of web; set services.web.settings.SIGN_UP instead"
    ),
    "defaults: {env: {SIGN_UP: 'no'}}": (
        "defaults.env.SIGN_UP: SIGN_UP is a setting of web; set services.web.settings.SIGN_UP instead"
    ),
    "services: {web: {extraEnv: [{name: RATIO, value: '1'}]}}": (
        "services.web.extraEnv[0].name: web has the variable RATIO already; name each variable once"
    ),
}


@pytest.mark.parametrize(("overlay", "error"), IN_THE_VALUES.items())
def test_a_wrong_value_is_told_with_its_line_and_what_is_allowed(overlay: str, error: str, tmp_path: Path) -> None:
    assert errors(tmp_path, catalogue=CATALOGUE, overlays={"a.yaml": overlay}) == [f"a.yaml:1: {error}"]


@pytest.mark.helm
@pytest.mark.parametrize("overlay", IN_THE_VALUES)
def test_the_chart_refuses_it_too(overlay: str) -> None:
    assert not broken(shop(), [overlay])


def test_where_there_are_no_settings_none_can_be_set(tmp_path: Path) -> None:
    catalogue = "{name: a, tiers: [{name: t}], services: {web: {tier: t}}}"
    assert errors(tmp_path, catalogue=catalogue, overlays={"a.yaml": of_web(A=1)}) == [
        "a.yaml:1: services.web.settings: the catalogue has no service with settings; add them there, or remove this"
    ]
    (tmp_path / "catalogue.yaml").write_text(catalogue)
    plain = described(catalogue=tmp_path / "catalogue.yaml")
    assert plain.platform.defaults["services"] == {}


INTEGER = "{type: integer, default: 10, minimum: 1, maximum: 100, description: The largest upload.}"
IN_THE_CATALOGUE = [
    (
        INTEGER,
        "{type: int, default: 1}",
        "10",
        "MAX_UPLOAD_MB.type: 'int' is not allowed; allowed: boolean, integer, number, string",
    ),
    (
        INTEGER,
        "{type: integer}",
        "10",
        "MAX_UPLOAD_MB.default: is missing; allowed: text, or true or false, or a whole number, or a number",
    ),
    (INTEGER, "{type: integer, default: '1'}", "10", "MAX_UPLOAD_MB.default: '1' is not allowed; allowed: a whole number"),
    (
        INTEGER,
        "{type: integer, default: 0, minimum: 1}",
        "10",
        "MAX_UPLOAD_MB.default: 0 is not allowed; allowed: a whole number of at least 1",
    ),
    (
        INTEGER,
        "{type: integer, default: 1, minimum: 9, maximum: 3}",
        "10",
        "MAX_UPLOAD_MB.minimum: 9 is above the maximum, 3; lower the one, or raise the other",
    ),
    (
        INTEGER,
        "{type: string, default: a, maximum: 3}",
        "10",
        "MAX_UPLOAD_MB.maximum: a setting of type string has none; remove it, or make the type integer or number",
    ),
    (
        INTEGER,
        "{type: integer, default: 1, enum: ['1']}",
        "10",
        "MAX_UPLOAD_MB.enum: a setting of type integer has none; remove it, or make the type string",
    ),
    (
        INTEGER,
        "{type: string, default: a, enum: []}",
        "10",
        "MAX_UPLOAD_MB.enum: is empty; allowed: a list with at least one entry",
    ),
    # Helm takes no schema that lists one twice.
    (INTEGER, "{type: string, default: a, enum: [a, b, a]}", "10", "MAX_UPLOAD_MB.enum: `a` is listed twice; name each once"),
    ("default: warn", "default: info", "14", "LOG_LEVEL.default: 'info' is not allowed; allowed: debug, warn, yes"),
    ("default: true", "default: 'true'", "12", "SIGN_UP.default: 'true' is not allowed; allowed: true or false"),
    (INTEGER, "10", "10", "MAX_UPLOAD_MB: 10 is not allowed; allowed: a mapping"),
    (
        "SIGN_UP:",
        "SIGN/UP:",
        "12",
        (
            "['SIGN/UP']: the key is not allowed; allowed: "
            "a variable's name: letters, digits, underscores, dots and hyphens, such as PORT or discovery.type"
        ),
    ),
    ("SIGN_UP:", "PORT:", "12", "PORT: PORT is set for every service with a port already; choose another name"),
    ("SIGN_UP:", "API_KEY:", "12", "API_KEY: API_KEY comes from the secret `keys` already; choose another name"),
]


@pytest.mark.parametrize(("found", "instead", "line", "error"), IN_THE_CATALOGUE)
def test_a_wrong_setting_of_the_catalogue(found: str, instead: str, line: str, error: str, tmp_path: Path) -> None:
    assert CATALOGUE.count(found) == 1
    assert errors(tmp_path, catalogue=CATALOGUE.replace(found, instead).replace("$(MAX_UPLOAD_MB)", "")) == [
        f"catalogue.yaml:{line}: services.web.settings{'' if error.startswith('[') else '.'}{error}"
    ]


def test_a_variable_is_a_setting_or_a_text(tmp_path: Path) -> None:
    assert errors(tmp_path, catalogue=CATALOGUE.replace("{LIMIT:", "{SIGN_UP: x, LIMIT:")) == [
        "catalogue.yaml:16: services.web.environment.SIGN_UP: SIGN_UP is a setting; remove it here"
    ]
