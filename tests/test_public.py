"""Public addresses: where users see a service, by the names of the catalogue and the hosts of the values."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chart.law import broken
from tests.chart.platforms import Charted, charted, charted_text
from tests.rendering import render_platform
from tests.shop import errors

CATALOGUE = """\
name: shop
tiers: [{name: t}]
services:
  web: {tier: t, port: 80, public: true}
  www: {tier: t, port: 81, public: {host: www}}
  api: {tier: t, port: 82, public: {host: www, path: /api/v1}}
  app: {tier: t, port: 83, public: {path: /app}}
  admin: {tier: t, port: 84, public: {host: admin}}
  inner: {tier: t, port: 85, public: false}
  mail:
    tier: t
    environment:
      MAIN: ${publicUrl} ${public.web} ${public.web.host}
      WWW: ${public.www}/ ${public.www.host}
      API: ${public.api} ${public.api.host}
      APP: ${public.app} ${public.app.host}
      ADMIN: ${public.admin}
"""

ADDRESSES = {
    "{}": {
        "MAIN": "http://localhost:8080 http://localhost:8080 localhost:8080",
        "WWW": "http://www.localhost:8080/ www.localhost:8080",
        "API": "http://www.localhost:8080/api/v1 www.localhost:8080",
        "APP": "http://localhost:8080/app localhost:8080",
        "ADMIN": "http://admin.localhost:8080",
    },
    "public: {host: shop.example, tls: true, hosts: {www: www.other.example}}": {
        "MAIN": "https://shop.example https://shop.example shop.example",
        "WWW": "https://www.other.example/ www.other.example",
        "API": "https://www.other.example/api/v1 www.other.example",
        "APP": "https://shop.example/app shop.example",
        "ADMIN": "https://admin.shop.example",
    },
    "public: {host: 10.0.0.1, hosts: {www: a, admin: 'b:1'}}": {
        "MAIN": "http://10.0.0.1 http://10.0.0.1 10.0.0.1",
        "WWW": "http://a/ a",
        "API": "http://a/api/v1 a",
        "APP": "http://10.0.0.1/app 10.0.0.1",
        "ADMIN": "http://b:1",
    },
    "public: {hosts: {www: a.example}}\nservices: {admin: {enabled: false}, web: {enabled: false}}": {
        "WWW": "http://a.example/ a.example",
        "API": "http://a.example/api/v1 a.example",
        "APP": "http://localhost:8080/app localhost:8080",
    },
    "services: {admin: {enabled: false}}\npublic: {hosts: {www: a.example, admin: a.example}}": {
        "MAIN": "http://localhost:8080 http://localhost:8080 localhost:8080",
        "WWW": "http://a.example/ a.example",
        "API": "http://a.example/api/v1 a.example",
        "APP": "http://localhost:8080/app localhost:8080",
    },
}
"""What the variables of `mail` tell users, by the values. It needs none of the services: users reach them, not it."""


def shop() -> Charted:
    return charted_text(CATALOGUE)


@pytest.mark.parametrize(("overlay", "texts"), ADDRESSES.items())
def test_a_text_tells_where_users_see_a_service(overlay: str, texts: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "overlay.yaml").write_text(overlay)
    variables = render_platform(shop().load([tmp_path / "overlay.yaml"])).variables("Deployment", "mail")
    assert {name: one["value"] for name, one in variables.items() if name != "SERVICE_NAME"} == texts


@pytest.mark.helm
@pytest.mark.parametrize("overlay", ADDRESSES)
def test_the_chart_tells_the_same(overlay: str) -> None:
    assert not broken(shop(), [overlay])


def test_an_address_opens_what_public_always_opened(tmp_path: Path) -> None:
    (tmp_path / "overlay.yaml").write_text("networkPolicy: {edge: {namespaces: [traefik]}}")
    made = render_platform(shop().load([tmp_path / "overlay.yaml"]))
    public = {name for name, one in made.kinds("NetworkPolicy").items() if "traefik" in str(one)}
    assert public == {"web", "www", "api", "app", "admin"}
    assert made.get("Deployment", "api")["metadata"]["labels"]["app.kubernetes.io/component"] == "gateway"


WRONG_IN_THE_CATALOGUE = [
    (
        "port: 84, public: {host: admin}",
        "port: 84, public: {host: www}",
        "8: services.admin.public: the path / of the host www leads to www already; give each an address of its own",
    ),
    (
        "public: {path: /app}",
        "public: {path: /}",
        "7: services.app.public: the path / of the main host leads to web already; give each an address of its own",
    ),
    (
        "public: {path: /app}",
        "public: {}",
        "7: services.app.public: the path / of the main host leads to web already; give each an address of its own",
    ),
    (
        "public: {path: /app}",
        "public: {path: /app/}",
        ("7: services.app.public.path: '/app/' is not allowed; allowed: a path such as / or /shop/api, without a slash at its end"),
    ),
    (
        "public: {path: /app}",
        "public: {hosts: www, path: /app}",
        "7: services.app.public.hosts: unknown key; did you mean host? allowed: host, path",
    ),
    (
        "public: {host: admin}",
        "public: {host: admin.shop.example}",
        (
            "8: services.admin.public.host: 'admin.shop.example' is not allowed; "
            "allowed: a name of up to 53 lower-case letters, digits and hyphens that begins with a letter"
        ),
    ),
    (
        "${public.admin}",
        "${public.inner}",
        "17: services.mail.environment.ADMIN: inner is not public, so users see it nowhere; make it `public`, or take this out",
    ),
    (
        "${public.admin}",
        "${public.amdin}",
        (
            "17: services.mail.environment.ADMIN: there is no service `amdin`, whose public address `${public.amdin}` is; "
            "did you mean ${public.admin}? allowed: ${public.web}, ${public.www}, ${public.api}, ${public.app}, ${public.admin}"
        ),
    ),
    (
        "${public.admin}",
        "${public.admin.port}",
        (
            "17: services.mail.environment.ADMIN: the public address of admin has no `port`; "
            "allowed: ${public.admin}, ${public.admin.host}"
        ),
    ),
]


@pytest.mark.parametrize(("found", "instead", "error"), WRONG_IN_THE_CATALOGUE)
def test_what_no_address_can_be(found: str, instead: str, error: str, tmp_path: Path) -> None:
    assert CATALOGUE.count(found) == 1
    assert errors(tmp_path, catalogue=CATALOGUE.replace(found, instead)) == [f"catalogue.yaml:{error}"]


def test_several_services_that_are_just_public_may_each_have_a_way_in_of_their_own(tmp_path: Path) -> None:
    assert errors(tmp_path, catalogue=CATALOGUE.replace("public: {path: /app}", "public: true")) == []


WRONG_IN_THE_VALUES = {
    "public: {hosts: {www: a.example, admin: a.example}}": (
        "public.hosts.admin: www and admin both have the path / of a.example; give each a host of its own"
    ),
    "public: {host: shop.example, hosts: {www: shop.example}}": (
        "public.hosts.www: web and www both have the path / of shop.example; give each a host of its own"
    ),
    "public: {host: Shop.Example, hosts: {www: shop.EXAMPLE}}": (
        "public.hosts.www: web and www both have the path / of Shop.Example; give each a host of its own"
    ),
    "public: {hosts: {www: A.example, admin: a.example}}": (
        "public.hosts.admin: www and admin both have the path / of A.example; give each a host of its own"
    ),
    "public: {host: A.example, hosts: {www: Admin.a.example}}": (
        "public.hosts.www: www and admin both have the path / of Admin.a.example; give each a host of its own"
    ),
    "public: {host: a.example, hosts: {www: admin.a.example}}": (
        "public.hosts.www: www and admin both have the path / of admin.a.example; give each a host of its own"
    ),
    "public: {host: 10.0.0.1, hosts: {www: a.example}}": (
        "public.host: admin is not given, and admin.10.0.0.1 is no host; name one in public.hosts.admin"
    ),
    "public: {hosts: {shop: a.example}}": ("public.hosts.shop: the catalogue has no public host `shop`; allowed: www, admin"),
    "public: {hosts: {www: http://a.example}}": (
        "public.hosts.www: 'http://a.example' is not allowed; "
        "allowed: a host, with a port where it is not the usual one, such as shop.example or localhost:3000"
    ),
    f"public: {{host: {'a.' * 124}b}}": (
        f"public.host: admin is not given, and admin.{'a.' * 124}b is no host; name one in public.hosts.admin"
    ),
}


@pytest.mark.parametrize(("overlay", "error"), WRONG_IN_THE_VALUES.items())
def test_what_no_host_can_be(overlay: str, error: str, tmp_path: Path) -> None:
    assert errors(tmp_path, catalogue=CATALOGUE, overlays={"a.yaml": overlay}) == [f"a.yaml:1: {error}"]


@pytest.mark.helm
@pytest.mark.parametrize("overlay", WRONG_IN_THE_VALUES)
def test_the_chart_refuses_the_same(overlay: str) -> None:
    assert not broken(shop(), [overlay])


@pytest.mark.helm
def test_a_platform_without_named_hosts_takes_none(tmp_path: Path) -> None:
    (tmp_path / "catalogue.yaml").write_text("{name: a, tiers: [{name: t}], services: {w: {tier: t, port: 80, public: true}}}")
    plain = charted(tmp_path / "catalogue.yaml")
    assert not broken(plain, ["public: {hosts: {www: a.example}}"])
    assert not broken(plain, ["public: {hosts: {}}"])
    assert "Public addresses" not in (plain.chart / "README.md").read_text()


def test_the_chart_says_where_users_see_what() -> None:
    """In its README, and after an installation."""
    text = (shop().chart / "README.md").read_text()
    assert "| `api` | `public.hosts.www`, or www.`public.host` | `/api/v1` |" in text
    assert "| `app` | `public.host` | `/app` |" in text
    assert "| `web` |" not in text
    notes = (shop().chart / "templates" / "NOTES.txt").read_text()
    assert '\napi, which users see at {{ include "shop.public.api" . }}:\n' in notes
    assert '\napp, which users see at {{ include "shop.publicUrl" . }}/app:\n' in notes
    assert "\nweb:\n" in notes
