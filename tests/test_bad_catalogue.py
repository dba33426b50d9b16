"""Wrong catalogues: every rule, with the whole message."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shop import CATALOGUE, errors
from tierwright.model.service import Service

KEYS_OF_A_SERVICE = Service.__struct_encode_fields__
NAME = "a name of up to 53 lower-case letters, digits and hyphens that begins with a letter"


def test_the_small_catalogue_of_these_tests_is_sound(tmp_path: Path) -> None:
    assert errors(tmp_path) == []


# (what the catalogue says, what it is to say, the error)
IN_THE_CATALOGUE = [
    # the schema
    ("port: 3001", "port: 0", "15: services.store.port: 0 is not allowed; allowed: a whole number from 1 to 65535"),
    ("port: 3001", "port: 3.5", "15: services.store.port: 3.5 is not allowed; allowed: a whole number from 1 to 65535"),
    ("port: 3001", "port: '3001'", "15: services.store.port: '3001' is not allowed; allowed: a whole number from 1 to 65535"),
    ("    tier: back\n    port: 3001\n", "    port: 3001\n", f"13: services.store.tier: is missing; allowed: {NAME}"),
    (
        "tier: back\n    port: 3001",
        "tier:\n    port: 3001",
        f"14: services.store.tier: has no value, but is needed; allowed: {NAME}",
    ),
    (
        "public: true",
        "publik: true",
        f"20: services.web.publik: unknown key; did you mean public? allowed: {', '.join(KEYS_OF_A_SERVICE)}",
    ),
    ("public: true", "public: maybe", "20: services.web.public: 'maybe' is not allowed; allowed: true or false, or a mapping"),
    ("public: true", "public: [yes]", "20: services.web.public: a list is not allowed; allowed: true or false, or a mapping"),
    (
        "GREETING: hello",
        "GREETING: 12",
        "22: services.web.environment.GREETING: 12 is not allowed; allowed: text, so put it in quotes",
    ),
    (
        "GREETING: hello",
        "GREETING: yes",
        "22: services.web.environment.GREETING: yes is not allowed; allowed: text, so put it in quotes",
    ),
    ("GREETING: hello", "GREETING: {}", "22: services.web.environment.GREETING: a mapping is not allowed; allowed: text"),
    (
        "GREETING: hello",
        "MY NAME: hello",
        (
            "22: services.web.environment['MY NAME']: the key is not allowed; allowed: "
            "a variable's name: letters, digits, underscores, dots and hyphens, such as PORT or discovery.type"
        ),
    ),
    (
        "name: shop",
        "name: Shop",
        (
            "1: name: 'Shop' is not allowed; allowed: "
            "a name of up to 53 lower-case letters, digits and hyphens that begins with a letter"
        ),
    ),
    (
        "name: shop",
        f"name: {'s' * 500}",
        (
            f"1: name: '{'s' * 57}...' is not allowed; allowed: "
            "a name of up to 53 lower-case letters, digits and hyphens that begins with a letter"
        ),
    ),
    ("keys: [API_KEY]", "keys: []", "9: secrets.api-keys.keys: is empty; allowed: a list with at least one entry"),
    (
        "keys: [API_KEY]",
        "keys: [~]",
        "9: secrets.api-keys.keys[0]: has no value; allowed: a variable's name: letters, digits and underscores",
    ),
    ("keys: [API_KEY]", "keys: [API_KEY, A, API_KEY]", "9: secrets.api-keys.keys[2]: `API_KEY` is listed twice; name each once"),
    ("source: provided", "source: found", "9: secrets.api-keys.source: 'found' is not allowed; allowed: generated, provided"),
    (
        "  - name: front",
        "\n".join(f"  - name: t{n}" for n in range(60)),
        "2: tiers: has 62 entries; allowed: a list of 1 to 50 entries",
    ),
    # the rules
    (
        "- name: front",
        "- name: front\n  - name: back",
        "6: tiers[3].name: the tier `back` is listed twice; give each tier a name of its own",
    ),
    ("tier: back", "tier: bakc", "14: services.store.tier: there is no tier `bakc`; did you mean back? allowed: data, back, front"),
    ("name: shop", "name: global", "1: name: the name `global` is reserved; choose another name"),
    (
        "  postgres: {tier: data, port: 5432, urlVariable: DATABASE_URL}",
        "  rabbitmq: {tier: data, port: 15672, urlVariable: QUEUE}\n  postgres: {tier: data, port: 1, urlVariable: DATABASE_URL}",
        (
            "7: dataServices.rabbitmq.port: rabbitmq listens on 15672 for something else; "
            "allowed: a port other than 4369, 15672, 15692, 25672, 35672, 35673, 35674, 35675"
        ),
    ),
    ("  web:", "  quota:", "17: services.quota: the name `quota` is reserved; choose another name"),
    *(
        ("  web:", f"  {name}:", f"17: services.{name}: the name `{name}` is reserved; choose another name")
        for name in (
            "store-ready",  # a Service that another has by that name
            "store-nodes",
            "store-developer",
            "store-replicas",
            "store-patroni",
            "redis-config",
            "wait-for-front",
            "secret-generator",
            "secret-generator-12",
            "startup-gate",
            "chart-test",
            "default-deny",
            "limits",
            "rabbitmq",
            "default",  # Kubernetes' own
            "kubernetes",
            "localhost",
        )
    ),
    (
        "  web:",
        "  chart-test-web: {tier: front, port: 1}\n  web:",
        "17: services.chart-test-web: the name `chart-test-web` is reserved; choose another name",
    ),
    (
        "  api-keys:",
        "  postgres-credentials: {source: provided, keys: [KEY]}\n  api-keys:",
        "9: secrets.postgres-credentials: the name `postgres-credentials` is reserved; choose another name",
    ),
    (
        "secrets: [api-keys]",
        "secrets: [keys]",
        "23: services.web.secrets[0]: there is no secret `keys`; did you mean api-keys? allowed: api-keys",
    ),
    (
        "secrets: [api-keys]",
        "secrets: [api-keys, api-keys]",
        "23: services.web.secrets[1]: `api-keys` is listed twice; name each once",
    ),
    (
        "external: [apis]",
        "external: [api]",
        "24: services.web.external[0]: there is no external destination `api`; did you mean apis? allowed: apis",
    ),
    (
        "tier: back",
        "tier: back\n    urlVariable: DATABASE_URL",
        "15: services.store.urlVariable: DATABASE_URL carries the URL of postgres already; choose another variable",
    ),
    (
        "tier: back",
        "tier: back\n    urlVariable: PORT",
        "15: services.store.urlVariable: PORT carries something else already; choose another variable",
    ),
    (
        "keys: [API_KEY]",
        "keys: [DATABASE_URL]",
        (
            "23: services.web.secrets[0]: the key DATABASE_URL of `api-keys` carries the URL of postgres already; "
            "give each variable one origin"
        ),
    ),
    (
        "GREETING: hello",
        "DB_PASSWORD: x",
        "22: services.web.environment.DB_PASSWORD: DB_PASSWORD holds the password of postgres; remove it here",
    ),
    (
        "tier: back",
        "tier: back\n    urlVariable: DB_PASSWORD",
        (
            "22: services.web.needs[1]: DB_PASSWORD, the variable for the URL of store, holds the password of postgres already; "
            "choose another urlVariable for store"
        ),
    ),
    (
        "GREETING: hello",
        "PORT: '80'",
        "22: services.web.environment.PORT: PORT is set for every service with a port; remove it here",
    ),
    (
        "GREETING: hello",
        "API_KEY: x",
        "22: services.web.environment.API_KEY: API_KEY comes from the secret `api-keys`; remove it here",
    ),
    (
        "GREETING: hello",
        "STORE_SERVICE_URL: x",
        "22: services.web.environment.STORE_SERVICE_URL: STORE_SERVICE_URL carries the URL of store; remove it here",
    ),
    (
        "GREETING: hello",
        "GREETING: '${publicURL}'",
        (
            "22: services.web.environment.GREETING: there is no placeholder `${publicURL}`; did you mean ${publicUrl}? allowed: "
            "${publicUrl}, ${public.web}, ${postgres.host}, ${postgres.port}, ${postgres.url}, ${postgres.user}, "
            "${postgres.database}, ${postgres.sslmode}, ${postgres.sslrootcert}, ${postgres.password}, "
            "${store.host}, ${store.port}, ${store.url}, ${web.host}, ${web.port}, "
            "${web.url}, or $${publicURL} for the text itself"
        ),
    ),
    (
        "needs: [postgres, store]",
        "needs: [postgres, stoer]",
        "21: services.web.needs[1]: there is no service `stoer`; did you mean store? allowed: postgres, store, web",
    ),
    (
        "needs: [postgres, store]",
        "needs: [postgres, redis]",
        "21: services.web.needs[1]: the platform has no redis; add it to dataServices, or drop the need",
    ),
    (
        "needs: [postgres, store]",
        "needs: [store, store]",
        "21: services.web.needs[1]: `store` is listed twice; name each need once",
    ),
    (
        "needs: [postgres]",
        "needs: [postgres, web]",
        (
            "16: services.store.needs[1]: store (tier back) needs web of the later tier front; "
            "write it in `uses`, which does not wait: as a need it would close a cycle in front too, store -> web -> store"
        ),
    ),
    (
        "needs: [postgres, store]",
        "needs: [web]",
        "21: services.web.needs[0]: web needs itself; drop the need",
    ),
]


@pytest.mark.parametrize(("found", "instead", "error"), IN_THE_CATALOGUE)
def test_a_wrong_catalogue_is_told_with_its_line_and_what_is_allowed(tmp_path: Path, found: str, instead: str, error: str) -> None:
    assert CATALOGUE.count(found) == 1
    assert errors(tmp_path, catalogue=CATALOGUE.replace(found, instead)) == [f"catalogue.yaml:{error}"]


def test_a_need_of_a_later_tier_is_mended_by_moving_where_that_closes_no_cycle(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace("needs: [postgres, store]", "needs: [postgres]").replace(
        "[postgres]\n  web", "[postgres, web]\n  web"
    )
    wrong = "services.store.needs[1]: store (tier back) needs web of the later tier front"
    assert errors(tmp_path, catalogue=catalogue) == [
        f"catalogue.yaml:16: {wrong}; move store to front or later, or write it in `uses`, which does not wait"
    ]


def test_all_cycles_are_told_at_once_each_with_the_line_of_a_need_that_ends_it(tmp_path: Path) -> None:
    """Two that share a service, and one apart: without the three needs that are named none is left."""
    needs = {"a": "b", "b": "a, c", "c": "b", "d": "e", "e": "d", "f": "f"}
    services = "".join(f"  {name}:\n    tier: back\n    port: 40{ord(name)}\n    needs: [{of}]\n" for name, of in needs.items())
    wrong = "the needs form a cycle"

    def remedy(need: str) -> str:
        return (
            f"write {need} in `uses`, which does not wait, or drop the need; without the needs that are named so no cycle is left"
        )

    assert errors(tmp_path, catalogue=CATALOGUE + services) == [
        f"catalogue.yaml:28: services.a.needs[0]: {wrong}: a -> b -> a; {remedy('b')}",
        f"catalogue.yaml:32: services.b.needs[1]: {wrong}: b -> c -> b; {remedy('c')}",
        f"catalogue.yaml:40: services.d.needs[0]: {wrong}: d -> e -> d; {remedy('e')}",
        "catalogue.yaml:48: services.f.needs[0]: f needs itself; drop the need",
    ]


def test_a_password_that_a_service_does_not_get_is_a_variable_like_any_other(tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace("GREETING: hello", "GREETING: hello, REDIS_PASSWORD: x").replace("[postgres, store]", "[store]")
    overlay = "services: {web: {env: {DB_PASSWORD: x, RABBITMQ_PASSWORD: z}}}"
    assert errors(tmp_path, catalogue=catalogue, overlays={"shop.yaml": overlay}) == []


def test_services_may_share_a_port_with_one_another_and_with_a_data_service(tmp_path: Path) -> None:
    assert errors(tmp_path, catalogue=CATALOGUE.replace("port: 3001", "port: 5432").replace("port: 3000", "port: 5432")) == []


def test_nothing_after_needs_means_no_needs(tmp_path: Path) -> None:
    assert errors(tmp_path, catalogue=CATALOGUE.replace("needs: [postgres]", "needs:")) == []


WITHOUT_VALUES = """\
name: shop
tiers: [{name: data}, {name: app}]
dataServices: {postgres: }
secrets: {keys: }
services:
  web:
  api: {tier: app, port: 1, prot: ~, storage: {data: }, files: {/a: }, ports: {x: }, settings: {S: }, environment: {A: , B: x}}
  mounts: {tier: app, volumes: {api.data: /data}}
"""


def test_an_entry_without_a_value_is_an_error_and_not_one_less(tmp_path: Path) -> None:
    """In a Compose file's `volumes`, `data:` alone declares one: whoever brings that must not lose the volume."""
    assert [one.partition(" allowed")[0] for one in errors(tmp_path, catalogue=WITHOUT_VALUES)] == [
        f"catalogue.yaml:{one}"
        for one in (
            "3: dataServices.postgres: has no value;",
            "4: secrets.keys: has no value;",
            "6: services.web: has no value;",
            "7: services.api.environment.A: has no value;",
            "7: services.api.files['/a']: has no value;",
            "7: services.api.ports.x: has no value;",
            "7: services.api.prot: unknown key; did you mean port?",
            "7: services.api.settings.S: has no value;",
            "7: services.api.storage.data: has no value;",
        )
    ]


@pytest.mark.parametrize("storage", ["/d", "[/d]", "5"])
def test_a_storage_of_the_wrong_type_is_one_error_although_another_service_mounts_it(tmp_path: Path, storage: str) -> None:
    catalogue = WITHOUT_VALUES.partition("dataServices")[0] + (
        f"services:\n  q: {{tier: app, storage: {storage}}}\n  r: {{tier: app, volumes: {{q.data: /q}}}}\n"
    )
    (error,) = errors(tmp_path, catalogue=catalogue)
    assert error.startswith("catalogue.yaml:4: services.q.storage: ")
    assert error.endswith(" is not allowed; allowed: a mapping")
