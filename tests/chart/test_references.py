"""`$(NAME)` in variables: what Kubernetes would leave as it is, is refused by both outputs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chart.helm import Refusal, template
from tests.chart.law import broken
from tests.chart.platforms import castiel, charted, small
from tests.rendering import ENVIRONMENTS, render, render_with
from tests.shop import CATALOGUE, errors
from tierwright.model.environment import derived_variables
from tierwright.model.references import references

OTHERWISE = "refer to one that comes before it, or write $"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("$(A)", ["A"]),
        ("$$(A)", []),
        ("$$$(A)", ["A"]),
        ("$$$$(A)", []),
        ("$(A)$(B)", ["A", "B"]),
        ("$A $", []),
        ("$(A", []),
        ("$()", [""]),
        ("$(a b\n)", ["a b\n"]),
        ("$($(A))", ["$(A"]),
        ("$x$(A)", ["A"]),
        ("$(A$$)", ["A$$"]),
    ],
)
def test_a_text_is_read_as_kubernetes_does(text: str, names: list[str]) -> None:
    assert list(references(text)) == names


# (an overlay, the error)
WRONG = {
    "a variable that comes later": (
        'services: {web: {env: {Z: x, A: "$(Z)"}}}',
        f"services.web.env.A: $(Z) refers to a variable that comes later; {OTHERWISE}$(Z) for the text itself",
    ),
    "the variable itself": (
        'defaults: {env: {A: "$(A)"}}',
        f"defaults.env.A: $(A) refers to a variable that comes later; {OTHERWISE}$(A) for the text itself",
    ),
    "no variable": (
        'services: {web: {env: {A: "$(date)"}}}',
        f"services.web.env.A: there is no variable for $(date); {OTHERWISE}$(date) for the text itself",
    ),
    "no variable behind a dollar sign of its own": (
        'services: {web: {env: {A: "$$$(X)"}}}',
        f"services.web.env.A: there is no variable for $(X); {OTHERWISE}$(X) for the text itself",
    ),
    "a password that this service does not get": (
        'services: {web: {env: {A: "$(REDIS_PASSWORD)"}}}',
        f"services.web.env.A: there is no variable for $(REDIS_PASSWORD); {OTHERWISE}$(REDIS_PASSWORD) for the text itself",
    ),
    "a further variable in one of the names": (
        'services: {web: {env: {A: "$(OWN)"}, extraEnv: [{name: OWN, value: x}]}}',
        f"services.web.env.A: $(OWN) refers to a variable that comes later; {OTHERWISE}$(OWN) for the text itself",
    ),
    "a later one among the further variables": (
        'services: {web: {extraEnv: [{name: B, value: x}, {name: A, value: "$(B) $(C)"}, {name: C, value: x}]}}',
        f"services.web.extraEnv[1].value: $(C) refers to a variable that comes later; {OTHERWISE}$(C) for the text itself",
    ),
    "a variable of the catalogue that the values set otherwise": (
        'services: {web: {env: {GREETING: "$(A)", A: x}}}',
        f"services.web.env.GREETING: $(A) refers to a variable that comes later; {OTHERWISE}$(A) for the text itself",
    ),
    "the path of a mount": (
        'services: {web: {extraVolumeMounts: [{name: tmp, mountPath: /own, subPathExpr: "a/$(NOPE)"}]}}',
        (
            f"services.web.extraVolumeMounts[0].subPathExpr: there is no variable for $(NOPE); {OTHERWISE}$(NOPE) "
            "for the text itself"
        ),
    ),
    "nothing in the path of the second mount": (
        'defaults: {extraVolumeMounts: [{name: tmp, mountPath: /a}, {name: tmp, mountPath: /b, subPathExpr: "$()"}]}',
        f"defaults.extraVolumeMounts[1].subPathExpr: there is no variable for $(); {OTHERWISE}$() for the text itself",
    ),
    "PostgreSQL's options": (
        'postgres: {urlOptions: "schema=$(X)"}',
        f"postgres.urlOptions: there is no variable for $(X); {OTHERWISE}$(X) for the text itself",
    ),
}


@pytest.mark.parametrize(("overlay", "error"), WRONG.values(), ids=WRONG)
def test_a_reference_to_what_does_not_come_earlier(tmp_path: Path, overlay: str, error: str) -> None:
    assert errors(tmp_path, overlays={"shop.yaml": overlay}) == [f"shop.yaml:1: {error}"]


RIGHT = {
    "what comes earlier": (
        'services: {web: {env: {A: "$(PORT) $(SERVICE_NAME) $(REDIS_URL) $(JWT_SECRET) $(URL) $(HINTS_SERVICE_URL)", B: "$(A)"}}}'
    ),
    "a variable of the catalogue": 'services: {web: {env: {URL: "$(GREETING)", GREETING: "$(REDIS_PASSWORD)"}}}',
    "further variables": (
        'services: {web: {env: {A: x}, extraEnv: [{name: B, value: "$(A)"}, '
        "{name: C, valueFrom: {fieldRef: {fieldPath: metadata.name}}}, "
        '{name: D, value: "$(B)$(C)"}]}}'
    ),
    "what Kubernetes brings": 'defaults: {env: {A: "https://$(KUBERNETES_SERVICE_HOST):$(KUBERNETES_SERVICE_PORT)"}}',
    "the text itself": 'defaults: {env: {A: "$$(X) $(", B: "$X"}}',
    "a shell's own": 'defaults: {command: [sh, -c, "echo $(date) $(Z)"], args: ["$(X)"]}',
    "the path of a mount": (
        "services: {web: {env: {A: x}, extraEnv: [{name: B, value: x}], extraVolumeMounts: [{name: tmp, mountPath: /own, "
        'subPathExpr: "$(A)/$(B)/$(PORT)/$(GREETING)/$(KUBERNETES_SERVICE_HOST)/$$(X)"}]}}'
    ),
    "PostgreSQL's options": 'postgres: {urlOptions: "a=$(DB_PASSWORD)&b=$(PORT)&c=$$(X)"}',
}
LEFT_OUT = {
    "the URL of a service that is left out": 'services: {hints: {enabled: false}, web: {env: {A: "$(HINTS_SERVICE_URL)"}}}',
    "a text of a variable that is no text": "services: {web: {extraEnv: [{name: A, value: 1}]}}",
    "the path of a mount by the URL of a service that is left out": (
        "services: {hints: {enabled: false}, web: {extraVolumeMounts: [{name: tmp, mountPath: /own, "
        'subPathExpr: "$(HINTS_SERVICE_URL)"}]}}'
    ),
    "a list in place of a text": 'services: {web: {extraEnv: [{name: E, value: ["$(X)"]}, {name: F, value: "$(E)"}]}}',
}


@pytest.mark.helm
@pytest.mark.parametrize("overlay", [*(overlay for overlay, _ in WRONG.values()), *RIGHT.values(), *LEFT_OUT.values()])
def test_both_outputs_refuse_the_same(overlay: str) -> None:
    assert not broken(small(), [overlay])


@pytest.mark.parametrize("overlay", RIGHT.values(), ids=RIGHT)
def test_a_reference_that_kubernetes_expands_or_that_is_meant_as_text(overlay: str, tmp_path: Path) -> None:
    (tmp_path / "overlay.yaml").write_text(overlay)
    small().load([tmp_path / "overlay.yaml"])


def test_a_catalogue_refers_to_earlier_variables_alone(tmp_path: Path) -> None:
    text = "GREETING: hello $(LATER) $(STORE_SERVICE_URL), LATER: $(API_KEY) $(GREETING) $(NONE)"
    assert errors(tmp_path, catalogue=CATALOGUE.replace("GREETING: hello", text)) == [
        (
            "catalogue.yaml:22: services.web.environment.GREETING: $(LATER) refers to a variable that comes later; "
            f"{OTHERWISE}$(LATER) for the text itself"
        ),
        (
            "catalogue.yaml:22: services.web.environment.LATER: there is no variable for $(NONE); "
            f"{OTHERWISE}$(NONE) for the text itself"
        ),
    ]


def test_a_service_whose_url_a_variable_of_the_catalogue_holds_is_not_left_out(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace("tier: back", "tier: back\n    optional: true").replace("hello", "$(STORE_SERVICE_URL)/a")
    off = "services: {store: {enabled: false}}"
    assert errors(tmp_path, catalogue=catalogue, overlays={"shop.yaml": off}) == [
        (
            "shop.yaml:1: services.store.enabled: store is left out, but GREETING of web refers to STORE_SERVICE_URL; "
            "enable it, or set services.web.env.GREETING otherwise"
        )
    ]
    otherwise = "services: {store: {enabled: false}, web: {env: {GREETING: hi}}}"
    assert errors(tmp_path, catalogue=catalogue, overlays={"shop.yaml": otherwise}) == []


@pytest.mark.helm
def test_the_chart_keeps_that_service_too(tmp_path: Path) -> None:
    (tmp_path / "catalogue.yaml").write_text(
        CATALOGUE.replace("tier: back", "tier: back\n    optional: true").replace("hello", "$(STORE_SERVICE_URL)/a")
    )
    platform = charted(tmp_path / "catalogue.yaml")
    for overlay in ("services: {store: {enabled: false}}", "services: {store: {enabled: false}, web: {env: {GREETING: hi}}}", ""):
        assert not broken(platform, [overlay])


def test_the_order_of_the_variables_is_the_one_that_is_rendered() -> None:
    rendered, catalogue = render(), castiel().blueprint.catalogue
    for name, service in catalogue.services.items():
        derived = [one.name for one in derived_variables(catalogue, name)]
        assert [*rendered.variables("Deployment", name)][: len(derived) + len(service.environment)] == [
            *derived,
            *service.environment,
        ]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_container_has_a_reference_that_stays_as_it_is(environment: str) -> None:
    for name, container in render(environment).containers():
        earlier: set[str] = set()
        for variable in container.get("env", ()):
            assert set(references(variable.get("value", ""))) <= earlier, f"{name}: {variable}"
            earlier.add(variable["name"])


def test_a_shells_own_reference_reaches_the_container_as_it_is() -> None:
    command = ["sh", "-c", "echo $(date) $(PORT)"]
    rendered = render_with({"services": {"calendar": {"command": command}}})
    assert rendered.container("Deployment", "calendar")["command"] == command


MANY = """\
name: shop
tiers: [{name: back}, {name: front}]
everyService: {uses: [logging], environment: {LOG_TO: $(LOGGING_SERVICE_URL)/logs}}
services:
  logging: {tier: back, port: 3000, optional: true, environment: {LOG_TO: here}}
"""


@pytest.mark.helm
@pytest.mark.parametrize(
    ("number", "named", "where"),
    [
        (1, "s1", "services.s1"),
        (2, "s1 and s2", "defaults"),
        (6, "s1, s2, s3, s4, s5 and s6", "defaults"),
        (7, "s1, s2, s3, s4, s5 and 2 more", "defaults"),
    ],
)
def test_both_outputs_name_the_services_whose_text_refers_to_one_that_is_left_out(
    tmp_path: Path, number: int, named: str, where: str
) -> None:
    services = "".join(f"  s{at}: {{tier: front, port: {3000 + at}}}\n" for at in range(1, number + 1))
    off = "services: {logging: {enabled: false}}"
    found = errors(tmp_path, catalogue=MANY + services, overlays={"off.yaml": off})
    message = (
        f"services.logging.enabled: logging is left out, but LOG_TO of {named} refers to LOGGING_SERVICE_URL; "
        f"enable it, or set {where}.env.LOG_TO otherwise"
    )
    assert found == [f"off.yaml:1: {message}"]
    made = template(charted(tmp_path / "catalogue.yaml").chart, [off], namespace="shop")
    assert isinstance(made, Refusal)
    assert made.message == message
