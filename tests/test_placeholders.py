"""Placeholders of the catalogue's texts: what takes their place in both outputs, and which ones are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chart.law import broken
from tests.chart.platforms import Charted, charted
from tests.rendering import Object, render_platform
from tests.shop import errors
from tierwright.pipeline import described

CATALOGUE = """\
name: shop
tiers: [{name: data}, {name: back}, {name: front}]
dataServices:
  postgres: {tier: data, port: 5432, urlVariable: DATABASE_URL}
  rabbitmq: {tier: data, port: 5672, urlVariable: RABBITMQ_URL}
  redis: {tier: data, port: 6379, urlVariable: REDIS_URL}
services:
  store: {tier: back, port: 3001}
  stock: {tier: back, port: 3002, ports: {metrics: 9464, feed: 81}}
  cart: {tier: back, port: 7070, protocol: grpc}
  worker: {tier: back}
  web:
    tier: front
    port: 3000
    public: true
    ports: {metrics: 9464, feed: {port: 81, targetPort: 8081, protocol: http}}
    needs: [postgres, rabbitmq, redis, store, cart]
    environment:
      TEXT: "-"
"""

FACTS = {
    "${store.host}": "store",
    "${store.port}": "3001",
    "${store.url}": "http://store:3001",
    "${store.host}:${store.port}": "store:3001",
    "${cart.url} ${cart.host}": "cart:7070 cart",  # clients of gRPC take no scheme
    "${web.url}": "http://web:3000",  # its own, for those that it tells of itself
    "${web:metrics.host}:${web:metrics.port} ${web:metrics.url}": "web:9464 web:9464",
    "${web:feed.port} ${web:feed.url}": "81 http://web:81",
    "${postgres.host}:${postgres.port}/${postgres.database}": "postgres:5432/shop",
    "${postgres.user}": "shop",
    "${postgres.password}": "$(DB_PASSWORD)",
    "${postgres.url}&a=b": "postgresql://shop:$(DB_PASSWORD)@postgres:5432/shop&a=b",
    "${rabbitmq.user}:${rabbitmq.password}@${rabbitmq.host}:${rabbitmq.port}": "shop:$(RABBITMQ_PASSWORD)@rabbitmq:5672",
    "redis://:${redis.password}@${redis.host}:${redis.port}/1": "redis://:$(REDIS_PASSWORD)@redis:6379/1",
    "${redis.url}/1": "redis://:$(REDIS_PASSWORD)@redis:6379/1",
    "${publicUrl}/start": "http://localhost:8080/start",
    "${public.web}/start ${public.web.host}": "http://localhost:8080/start localhost:8080",
    "$${store.url} ${store.url}": "${store.url} http://store:3001",
    "$$${store.url} $$(PORT) $(PORT) $PORT": "$${store.url} $$(PORT) $(PORT) $PORT",
    '{{ .Values }} {{ "x" }} }} 100%v %s ${store.port}%': '{{ .Values }} {{ "x" }} }} 100%v %s 3001%',
    "line\n'${store.port}' \"\\\n": "line\n'3001' \"\\\n",
}

OUTSIDE = """\
postgres:
  topology: external
  user: it's@here
  database: a b
  urlOptions: sslmode=require
  external: {host: db.example, port: 6432, cidrs: [10.2.0.0/24], secret: {name: own, key: pass}}
rabbitmq: {vhost: a b}
redis: {topology: external, external: {host: 10.9.9.9, port: 6380, tls: true, cidrs: [10.9.0.0/16]}}
"""

FACTS_OUTSIDE = {
    "${postgres.host}:${postgres.port}": "db.example:6432",
    "${postgres.user}/${postgres.database}": "it's@here/a b",
    "${postgres.password}": "$(DB_PASSWORD)",
    "${postgres.url}": "postgresql://it%27s%40here:$(DB_PASSWORD)@db.example:6432/a%20b?sslmode=require",
    "${redis.host} ${redis.port} ${redis.url}": "10.9.9.9 6380 rediss://:$(REDIS_PASSWORD)@10.9.9.9:6380",
    "${rabbitmq.host}": "rabbitmq",
    "${rabbitmq.url} ${rabbitmq.vhost}": "amqp://shop:$(RABBITMQ_PASSWORD)@rabbitmq:5672/a%20b a b",
}


def catalogue_with(texts: list[str]) -> str:
    """The catalogue with a variable for each text: T0, T1 and so on."""
    lines = "".join(f"      T{at}: {_quoted(text)}\n" for at, text in enumerate(texts))
    return CATALOGUE.replace('      TEXT: "-"\n', lines)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def environment(folder: Path, catalogue: str, overlay: str = "{}", *, service: str = "web") -> dict[str, Object]:
    """The variables of a service in the manifests, in their order."""
    (folder / "catalogue.yaml").write_text(catalogue)
    (folder / "overlay.yaml").write_text(overlay)
    platform = described(catalogue=folder / "catalogue.yaml", values=[folder / "overlay.yaml"])
    (deployment,) = (one for one in platform.objects if one.kind == "Deployment" and one.manifest["metadata"]["name"] == service)
    container = deployment.manifest["spec"]["template"]["spec"]["containers"][0]
    return {variable["name"]: variable for variable in container["env"]}


def chart_of(folder: Path, catalogue: str) -> Charted:
    (folder / "catalogue.yaml").write_text(catalogue)
    return charted(folder / "catalogue.yaml")


@pytest.mark.parametrize(("facts", "overlay"), [(FACTS, "{}"), (FACTS_OUTSIDE, OUTSIDE)], ids=["here", "outside"])
def test_a_fact_takes_the_place_of_its_placeholder(facts: dict[str, str], overlay: str, tmp_path: Path) -> None:
    variables = environment(tmp_path, catalogue_with([*facts]), overlay)
    assert {text: variables[f"T{at}"]["value"] for at, text in enumerate(facts)} == facts


@pytest.mark.helm
@pytest.mark.parametrize(("facts", "overlay"), [(FACTS, ""), (FACTS_OUTSIDE, OUTSIDE)], ids=["here", "outside"])
def test_the_chart_has_the_same_facts(facts: dict[str, str], overlay: str, tmp_path: Path) -> None:
    platform = chart_of(tmp_path, catalogue_with([*facts]))
    assert not broken(platform, [overlay])
    assert not broken(platform, [overlay, "public: {host: shop.example, tls: true}\nservices: {web: {env: {T1: mine, T0: ''}}}"])


def test_a_password_comes_from_its_secret_before_the_texts_that_refer_to_it(tmp_path: Path) -> None:
    variables = environment(tmp_path, catalogue_with(["${postgres.password}", "x${rabbitmq.password}", "${redis.url}"]))
    names = [*variables]
    for name, secret in (("DB_PASSWORD", "postgres"), ("RABBITMQ_PASSWORD", "rabbitmq"), ("REDIS_PASSWORD", "redis")):
        reference = {"name": f"{secret}-credentials", "key": "password"}
        assert variables[name] == {"name": name, "valueFrom": {"secretKeyRef": reference}}
        assert names.index(name) < names.index("T0")


def test_the_values_have_no_placeholders(tmp_path: Path) -> None:
    variables = environment(tmp_path, catalogue_with(["${store.url}"]), "services: {web: {env: {T0: '${store.url}', A: '$${x}'}}}")
    assert (variables["T0"]["value"], variables["A"]["value"]) == ("${store.url}", "$${x}")


OF_REDIS = "${redis.host}, ${redis.port}, ${redis.url}, ${redis.sentinels}, ${redis.masterName}, ${redis.nodes}, ${redis.password}"
ALL_OF_WEB = (
    "${publicUrl}, ${public.web}, ${postgres.host}, ${postgres.port}, ${postgres.url}, ${postgres.user}, ${postgres.database}, "
    "${postgres.sslmode}, ${postgres.sslrootcert}, "
    "${postgres.password}, ${rabbitmq.host}, ${rabbitmq.port}, ${rabbitmq.url}, ${rabbitmq.user}, ${rabbitmq.vhost}, "
    "${rabbitmq.caFile}, ${rabbitmq.password}, "
    f"{OF_REDIS}, "
    "${store.host}, ${store.port}, ${store.url}, ${cart.host}, "
    "${cart.port}, ${cart.url}, ${web.host}, ${web.port}, ${web.url}, ${web:metrics.host}, ${web:metrics.port}, "
    "${web:metrics.url}, ${web:feed.host}, ${web:feed.port}, ${web:feed.url}"
)

WRONG = {
    "${HOME}": f"there is no placeholder `${{HOME}}`; allowed: {ALL_OF_WEB}, or $${{HOME}} for the text itself",
    "${stor.url}": (
        f"there is no placeholder `${{stor.url}}`; did you mean ${{store.url}}? allowed: {ALL_OF_WEB}, "
        "or $${stor.url} for the text itself"
    ),
    "${}": f"there is no placeholder `${{}}`; allowed: {ALL_OF_WEB}, or $${{}} for the text itself",
    "${redis.user}": (f"redis has no `user`; allowed: {OF_REDIS}"),
    "${store.password}": "store has no `password`; allowed: ${store.host}, ${store.port}, ${store.url}",
    "${stock.url}": ("`${stock.url}` is a fact of stock, which is neither needed nor used; add it to `needs` or `uses`"),
    "${worker.url}": "worker has no port, of which ${worker.url} is a fact; give it a `port`",
    "${stock:metric.url}": ("stock has no port `metric` among its `ports`; did you mean metrics? allowed: metrics, feed"),
    "${store:http.url}": "store has no port `http` among its `ports`; allowed: none, as there is none",
    "${postgres:metrics.url}": (
        f"there is no placeholder `${{postgres:metrics.url}}`; did you mean ${{postgres.url}}? allowed: {ALL_OF_WEB}, "
        "or $${postgres:metrics.url} for the text itself"
    ),
    "a ${store.url b": "the placeholder `${store.url b` has no end; close it with }, or write $${ for the text itself",
    "a ${store.url\\n}": "the placeholder `${store.url` has no end; close it with }, or write $${ for the text itself",
}


@pytest.mark.parametrize(("text", "error"), WRONG.items())
def test_a_placeholder_that_nothing_can_take_the_place_of(text: str, error: str, tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace('TEXT: "-"', f'TEXT: "{text}"')
    assert errors(tmp_path, catalogue=catalogue) == [f"catalogue.yaml:19: services.web.environment.TEXT: {error}"]


def test_a_wrong_need_is_no_second_error_of_the_placeholder(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace("redis, store, cart]", "redis, stoer, cart]").replace('"-"', '"${store.url} ${no}"')
    assert [one.split(";")[0] for one in errors(tmp_path, catalogue=catalogue)] == [
        "catalogue.yaml:17: services.web.needs[3]: there is no service `stoer`",
        "catalogue.yaml:19: services.web.environment.TEXT: there is no placeholder `${no}`",
    ]


def test_an_unsound_text_hides_no_wrong_placeholder_of_another(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace('"-"', '12\n      OTHER: "${no}"')
    assert [one.split(";")[0] for one in errors(tmp_path, catalogue=catalogue)] == [
        "catalogue.yaml:19: services.web.environment.TEXT: 12 is not allowed",
        "catalogue.yaml:20: services.web.environment.OTHER: there is no placeholder `${no}`",
    ]


VANISHING = """\
name: shop
tiers: [{name: data}, {name: back}, {name: front}]
dataServices:
  redis: {tier: data, port: 6379, urlVariable: REDIS_URL}
everyService:
  uses: [redis, log]
  environment: {CACHE: "${redis.host}:${redis.port}", LOG: "${log.url}/v1"}
services:
  log: {tier: back, port: 3001}
  hints: {tier: back, port: 3002, optional: true, without: [redis]}
  web:
    tier: front
    port: 3000
    needs: [hints]
    environment:
      HINTS: "${hints.host}:${hints.port}"
      BOTH: "${hints.url} ${log.url}"
      CERTAIN: "${web.url}"
"""


@pytest.mark.parametrize(
    ("overlay", "gone"),
    [
        ("{}", set()),
        ("services: {hints: {enabled: false}}", {"HINTS", "BOTH"}),
        ("services: {log: {enabled: false}}", {"LOG", "BOTH"}),
        ("services: {log: {enabled: false}, web: {env: {BOTH: mine}}}", {"LOG"}),
        ("services: {log: {enabled: false}, hints: {enabled: false}}", {"LOG", "HINTS", "BOTH"}),
    ],
)
def test_a_variable_is_left_out_with_the_service_that_it_tells_of(overlay: str, gone: set[str], tmp_path: Path) -> None:
    variables = environment(tmp_path, VANISHING, overlay)
    assert {"CACHE", "LOG", "HINTS", "BOTH", "CERTAIN"} - variables.keys() == gone
    if "BOTH" in variables:
        assert variables["BOTH"]["value"] == ("mine" if "mine" in overlay else "http://hints:3002 http://log:3001")


def test_a_service_without_what_every_service_has_gets_no_variable_about_it(tmp_path: Path) -> None:
    assert "CACHE" not in environment(tmp_path, VANISHING, service="hints")
    mine = VANISHING.replace("without: [redis]", "without: [redis], needs: [redis]")
    assert environment(tmp_path, mine, service="hints")["CACHE"]["value"] == "redis:6379"


def test_what_every_service_is_told_of_one_is_told_to_that_one_too(tmp_path: Path) -> None:
    assert environment(tmp_path, VANISHING, service="log")["LOG"]["value"] == "http://log:3001/v1"


@pytest.mark.helm
def test_the_chart_leaves_out_the_same_variables(tmp_path: Path) -> None:
    platform = chart_of(tmp_path, VANISHING)
    for hints in ("true", "false"):
        for log in ("true", "false"):
            overlay = f"services: {{hints: {{enabled: {hints}}}, log: {{enabled: {log}}}, web: {{env: {{A: '$(HINTS)'}}}}}}"
            assert not broken(platform, [overlay]), overlay
            assert not broken(platform, [overlay, "services: {web: {env: {HINTS: mine, BOTH: $(HINTS)}}}"]), overlay
            assert not broken(platform, [overlay, "services: {web: {env: {A: null, CERTAIN: $(BOTH)}}}"]), overlay


REFERRING = VANISHING.replace('CERTAIN: "${web.url}"', 'CERTAIN: "$(BOTH)/x"\n      HINT: "$(HINTS) ${hints.url}"')


def test_a_text_that_refers_to_a_variable_which_is_left_out(tmp_path: Path) -> None:
    """One that is left out together with it refers to nothing."""
    off = "services:\n  hints: {enabled: false}\n  log: {enabled: false}\n"
    assert errors(tmp_path, catalogue=REFERRING, overlays={"off.yaml": off}) == [
        (
            "off.yaml:2: services.hints.enabled: hints is left out, but CERTAIN of web refers to BOTH; "
            "enable it, or set services.web.env.CERTAIN otherwise"
        )
    ]
    assert errors(tmp_path, catalogue=REFERRING, overlays={"off.yaml": off + "  web: {env: {BOTH: x}}"}) == []
    assert errors(tmp_path, catalogue=REFERRING, overlays={"off.yaml": off + "  web: {env: {CERTAIN: x}}"}) == []
    assert errors(tmp_path, catalogue=REFERRING, overlays={"off.yaml": off + "  web: {enabled: false}"}) == []


@pytest.mark.helm
@pytest.mark.parametrize("more", ["", "web: {env: {BOTH: x}}", "web: {env: {CERTAIN: x}}", "web: {enabled: false}"])
@pytest.mark.parametrize(
    "off", ["hints: {enabled: false}", "log: {enabled: false}", "log: {enabled: false}, hints: {enabled: false}"]
)
def test_the_chart_refuses_the_same_references(off: str, more: str, tmp_path: Path) -> None:
    assert not broken(chart_of(tmp_path, REFERRING), [f"services: {{{', '.join(filter(None, (off, more)))}}}"])


def test_an_error_of_every_service_is_told_once_where_it_is_written(tmp_path: Path) -> None:
    wrong = VANISHING.replace('CACHE: "', 'NONE: "${no}", HINTS: "${hints.url}", CACHE: "')
    assert errors(tmp_path, catalogue=wrong) == [
        (
            "catalogue.yaml:7: everyService.environment.HINTS: in log: `${hints.url}` is a fact of hints, "
            "which is neither needed nor used; add it to `needs` or `uses`"
        ),
        (
            "catalogue.yaml:7: everyService.environment.NONE: there is no placeholder `${no}`; allowed: ${publicUrl}, "
            f"{OF_REDIS}, ${{log.host}}, "
            "${log.port}, ${log.url}, or $${no} for the text itself"
        ),
    ]


COMMANDS = CATALOGUE.replace(
    '      TEXT: "-"\n',
    """      TEXT: "-"
    command: [run, "--store=${store.host}:${store.port}", "{{ x }} $${HOME} $(PORT)"]
    args: ["${postgres.user}@${postgres.host}", "${public.web}", "100%", "${hints.url}"]
  hints: {tier: back, port: 81, optional: true}
""",
).replace("redis, store, cart]", "redis, store, cart, hints]")


def words(folder: Path, overlay: str) -> tuple[list[str], list[str]]:
    """Command and arguments of `web` in the manifests."""
    (folder / "catalogue.yaml").write_text(COMMANDS)
    (folder / "overlay.yaml").write_text(overlay)
    container = render_platform(
        described(catalogue=folder / "catalogue.yaml", values=[folder / "overlay.yaml"]).platform
    ).container("Deployment", "web")
    return container["command"], container["args"]


@pytest.mark.parametrize("overlay", ["{}", "services: {hints: {enabled: false}}"])
def test_commands_and_arguments_have_facts_too(overlay: str, tmp_path: Path) -> None:
    """Also of what is left out: an argument alone could not be left out with it."""
    command, arguments = words(tmp_path, overlay)
    assert command == ["run", "--store=store:3001", "{{ x }} ${HOME} $(PORT)"]
    assert arguments == ["shop@postgres", "http://localhost:8080", "100%", "http://hints:81"]


def test_the_facts_of_commands_follow_the_values(tmp_path: Path) -> None:
    _, arguments = words(tmp_path, f"{OUTSIDE}public: {{host: shop.example, tls: true}}")
    assert arguments[:2] == ["it's@here@db.example", "https://shop.example"]
    command, arguments = words(tmp_path, 'services: {web: {command: ["${store.url}"], args: ["$${x}"]}}')
    assert (command, arguments) == (["${store.url}"], ["$${x}"])


@pytest.mark.helm
@pytest.mark.parametrize(
    "overlay",
    ["", "services: {hints: {enabled: false}}", OUTSIDE, "public: {tls: true}", 'services: {web: {args: ["${store.url}"]}}'],
)
def test_the_chart_has_the_same_commands(overlay: str, tmp_path: Path) -> None:
    assert not broken(chart_of(tmp_path, COMMANDS), [overlay])


ON_COMMAND_LINES = {
    "${postgres.password}": (
        "${postgres.password} holds the password, which everybody could read here; "
        "let the program read the variable DB_PASSWORD, which has it"
    ),
    "x${redis.url}": (
        "${redis.url} holds the password, which everybody could read here; "
        "let the program read the variable REDIS_URL, which has it"
    ),
    "${stock.url}": "`${stock.url}` is a fact of stock, which is neither needed nor used; add it to `needs` or `uses`",
    "${redis.user}": f"redis has no `user`; allowed: {OF_REDIS}",
}


@pytest.mark.parametrize("key", ["command", "args"])
@pytest.mark.parametrize(("text", "error"), ON_COMMAND_LINES.items())
def test_a_placeholder_that_no_command_line_can_have(key: str, text: str, error: str, tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace('TEXT: "-"', f'TEXT: "-"\n    {key}: [run, "{text}"]')
    assert errors(tmp_path, catalogue=catalogue) == [f"catalogue.yaml:20: services.web.{key}[1]: {error}"]


ASKED = COMMANDS.replace(
    "    command: [run",
    '    health: {command: [check, "${store.host}", "${postgres.host}", "{{ x }} $${HOME} $(PORT)"]}\n    command: [run',
)


def test_the_command_that_asks_for_health_has_facts_too(tmp_path: Path) -> None:
    (tmp_path / "catalogue.yaml").write_text(ASKED)
    (tmp_path / "overlay.yaml").write_text(OUTSIDE)
    platform = described(catalogue=tmp_path / "catalogue.yaml", values=[tmp_path / "overlay.yaml"]).platform
    container = render_platform(platform).container("Deployment", "web")
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["exec"]["command"] == ["check", "store", "db.example", "{{ x }} ${HOME} $(PORT)"]


@pytest.mark.helm
@pytest.mark.parametrize("overlay", ["", OUTSIDE])
def test_the_chart_asks_for_health_by_the_same_command(overlay: str, tmp_path: Path) -> None:
    assert not broken(chart_of(tmp_path, ASKED), [overlay])


@pytest.mark.parametrize(("text", "error"), ON_COMMAND_LINES.items())
def test_a_placeholder_that_no_command_of_health_can_have(text: str, error: str, tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace('TEXT: "-"', f'TEXT: "-"\n    health: {{command: [check, "{text}"]}}')
    assert errors(tmp_path, catalogue=catalogue) == [f"catalogue.yaml:20: services.web.health.command[1]: {error}"]


@pytest.mark.parametrize("asked", ["${web.host}", "${web.url}", "${web:metrics.host}"])
def test_a_command_of_health_cannot_ask_at_the_address_that_only_a_ready_pod_has(asked: str, tmp_path: Path) -> None:
    words = f'[check, "${{web.port}} ${{public.web.host}} {asked}"]'
    catalogue = CATALOGUE.replace('TEXT: "-"', f'TEXT: "-"\n    health: {{command: {words}}}')
    wrong = f"{asked} leads to pods of web that are ready, and none is before this has an answer"
    assert errors(tmp_path, catalogue=catalogue) == [
        f"catalogue.yaml:20: services.web.health.command[1]: {wrong}; ask localhost, in the same container"
    ]


def test_a_command_of_health_may_name_the_host_that_it_asks_for_at_localhost(tmp_path: Path) -> None:
    words = '[curl, -H, "Host: ${web.host}", "http://localhost:${web.port}/"]'
    assert errors(tmp_path, catalogue=CATALOGUE.replace('TEXT: "-"', f'TEXT: "-"\n    health: {{command: {words}}}')) == []


def test_a_command_of_health_cannot_ask_for_parts_of_a_whole_url(tmp_path: Path) -> None:
    overlay = "postgres: {topology: external, external: {host: db.example, cidrs: [10.2.0.0/24], secret: {urlKey: url}}}"
    catalogue = CATALOGUE.replace('TEXT: "-"', 'TEXT: "-"\n    health: {command: [check, "${postgres.database}"]}')
    (told,) = errors(tmp_path, catalogue=catalogue, overlays={"a.yaml": overlay})
    assert "the URL comes whole from a Secret, but health of web asks for ${postgres.database}" in told


def test_a_further_port_of_another_service_is_asked_by_its_name(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace("redis, store, cart]", "redis, store, cart, stock:metrics]").replace(
        '"-"', '"${stock:metrics.host}:${stock:metrics.port} ${stock:metrics.url}"'
    )
    assert environment(tmp_path, catalogue)["TEXT"]["value"] == "stock:9464 stock:9464"
    for asked in ("stock", "stock:feed"):
        wrong = f"`${{{asked}.port}}` is a fact of {asked}, which is neither needed nor used; add it to `needs` or `uses`"
        assert errors(tmp_path, catalogue=catalogue.replace("${stock:metrics.port}", f"${{{asked}.port}}")) == [
            f"catalogue.yaml:19: services.web.environment.TEXT: {wrong}"
        ]
