"""Files beside the catalogue that services mount: a ConfigMap, a mount for each, a restart when one changes; and what is wrong."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from tests.chart.law import broken
from tests.chart.platforms import charted
from tests.rendering import Object, Rendered, render_platform
from tests.shop import CATALOGUE, errors
from tierwright.model.files import LARGEST, MOST
from tierwright.pipeline import described

APP = """\
# of the program, not of Helm: {{ .Values }} {{- end }}
url = ${publicUrl}/start
server {
  literal: $${HOME}
}
"""


def shop(folder: Path, files: str, contents: dict[str, bytes | str]) -> Path:
    """The catalogue of a shop whose web has these files, with the files beside it."""
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    catalogue = folder / "catalogue.yaml"
    catalogue.write_text(CATALOGUE.replace("public: true", f"public: true\n    files: {files}"))
    return catalogue


def rendered(folder: Path, files: str, contents: dict[str, bytes | str], **public: str) -> Rendered:
    """The objects of that shop."""
    overlay = folder / "overlay.yaml"
    overlay.write_text(f"public: {public}")
    return render_platform(described(catalogue=shop(folder, files, contents), values=[overlay]).platform)


def template(made: Rendered) -> Object:
    """The pods of web."""
    found: Object = made.get("Deployment", "web")["spec"]["template"]
    return found


def complaints(folder: Path, files: str, contents: dict[str, bytes | str]) -> list[str]:
    """What is wrong with that shop, without what every error begins with: the place of the files in the catalogue."""
    told = errors(folder, catalogue=shop(folder, files, contents).read_text())
    assert all(one.startswith("catalogue.yaml:21: services.web.files") for one in told), told
    return [one.removeprefix("catalogue.yaml:21: services.web.files") for one in told]


def test_a_file_is_mounted_read_only_from_a_config_map_with_its_text(tmp_path: Path) -> None:
    made = rendered(tmp_path, "{/etc/app/app.conf: files/app.conf}", {"files/app.conf": "a = 1\n"})
    assert made.get("ConfigMap", "web-files")["data"] == {"etc_app_app.conf": "a = 1\n"}
    pod = template(made)["spec"]
    assert {"name": "files", "configMap": {"name": "web-files"}} in pod["volumes"]
    mount = {"name": "files", "mountPath": "/etc/app/app.conf", "subPath": "etc_app_app.conf", "readOnly": True}
    assert mount in pod["containers"][0]["volumeMounts"]


def test_placeholders_in_the_text_are_replaced_and_braces_are_text(tmp_path: Path) -> None:
    made = rendered(tmp_path, "{/a: app.conf}", {"app.conf": APP}, host="shop.example")
    assert made.get("ConfigMap", "web-files")["data"]["a"] == APP.replace("${publicUrl}", "http://shop.example").replace(
        "$${", "${"
    )


def test_a_raw_file_is_mounted_as_it_is(tmp_path: Path) -> None:
    text = 'for one in ${list[@]}; do echo "$${one}"; done ${publicUrl'
    made = rendered(tmp_path, "{/run.sh: {source: run.sh, raw: true}}", {"run.sh": text})
    assert made.get("ConfigMap", "web-files")["data"] == {"run.sh": text}


def test_an_executable_file_has_the_mode_of_one_and_the_others_keep_theirs(tmp_path: Path) -> None:
    made = rendered(tmp_path, "{/run.sh: {source: a, executable: true}, /a: a}", {"a": ""})
    (volume,) = (one for one in template(made)["spec"]["volumes"] if one["name"] == "files")
    assert volume["configMap"]["items"] == [{"key": "run.sh", "path": "run.sh", "mode": 0o555}, {"key": "a", "path": "a"}]


@pytest.mark.parametrize(
    "content", [b"\x89PNG\r\n\x1a\n\x00", b"\xff\xfe", "a\0b", "\ue000", "a\x0c"], ids=["png", "latin", "null", "mark", "feed"]
)
def test_what_a_manifest_cannot_show_as_text_is_mounted_as_it_is(tmp_path: Path, content: bytes | str) -> None:
    made = rendered(tmp_path, "{/a: a, /b: b}", {"a": content, "b": "text"})
    encoded = base64.b64encode(content.encode() if isinstance(content, str) else content).decode()
    config_map = made.get("ConfigMap", "web-files")
    assert (config_map["binaryData"], config_map["data"]) == ({"a": encoded}, {"b": "text"})


def test_files_of_one_base_name_and_of_paths_that_look_alike_as_keys_are_told_apart(tmp_path: Path) -> None:
    files = "{/a/x.yml: a/x.yml, /b/x.yml: b/x.yml, /b_x.yml: a/x.yml, '/..b/{{x}}': a/x.yml}"
    made = rendered(tmp_path, files, {"a/x.yml": "a", "b/x.yml": "b"})
    data = {"a_x.yml": "a", "b_x.yml": "b", "b_x.yml-2": "a", "b___x__": "a"}
    assert made.get("ConfigMap", "web-files")["data"] == data
    mounts = template(made)["spec"]["containers"][0]["volumeMounts"]
    paths = {mount["mountPath"]: mount["subPath"] for mount in mounts if mount["name"] == "files"}
    assert paths == dict(zip(("/a/x.yml", "/b/x.yml", "/b_x.yml", "/..b/{{x}}"), data, strict=True))


def checksum(folder: Path, files: str, text: str, **public: str) -> str:
    return str(template(rendered(folder, files, {"a": text}, **public))["metadata"]["annotations"]["checksum/files"])


def test_the_pods_restart_when_the_file_changes_or_what_a_placeholder_in_it_stands_for(tmp_path: Path) -> None:
    first = checksum(tmp_path, "{/a: a}", "${publicUrl}", host="a.example")
    assert len(first) == 64
    assert checksum(tmp_path, "{/a: a}", "${publicUrl}", host="a.example") == first
    changed = {
        checksum(tmp_path, "{/a: a}", "${publicUrl}", host="b.example"),
        checksum(tmp_path, "{/a: a}", "${publicUrl} ", host="a.example"),
        checksum(tmp_path, "{/b: a}", "${publicUrl}", host="a.example"),
        checksum(tmp_path, "{/a: {source: a, executable: true}}", "${publicUrl}", host="a.example"),
    }
    assert len(changed | {first}) == 5
    of_text = checksum(tmp_path, "{/a: a}", "text", host="a.example")
    assert checksum(tmp_path, "{/a: a}", "text", host="b.example") == of_text


def test_a_service_without_files_has_neither_config_map_nor_checksum(tmp_path: Path) -> None:
    made = rendered(tmp_path, "{/a: a}", {"a": "a"})
    assert not made.has("ConfigMap", "store-files")
    assert "annotations" not in made.get("Deployment", "store")["spec"]["template"]["metadata"]


def test_more_than_kubectl_apply_can_keep_in_one_object_is_in_several(tmp_path: Path) -> None:
    large = "x" * (LARGEST - 10)
    made = rendered(tmp_path, "{/a: a, /b: b, /c: c}", {"a": large, "b": large, "c": ""})
    held = {name: [*one["data"]] for name, one in made.kinds("ConfigMap").items() if name.startswith("web-files")}
    assert held == {"web-files": ["a"], "web-files-2": ["b", "c"]}
    pod = template(made)["spec"]
    volumes = {one["name"]: one["configMap"]["name"] for one in pod["volumes"] if one["name"].startswith("files")}
    assert volumes == {"files": "web-files", "files-2": "web-files-2"}
    mounts = {one["mountPath"]: one["name"] for one in pod["containers"][0]["volumeMounts"]}
    assert (mounts["/a"], mounts["/b"], mounts["/c"]) == ("files", "files-2", "files-2")


TEXTS = {
    "block": APP,
    "no-line": "",
    "one-line": "${publicUrl}",
    "open": "a ${publicUrl} {\n{{ b }} ${publicUrl}{{\n",
    "blank-ends": "\n\n  ${publicUrl} \n \n\n",
    "tabs": "\ta\t\n\tb ${publicUrl}\r\n",
    "empty-first": "${publicUrl}\n  b\n",
    "quotes": "'\"\\ %s %d \u2028 é 😀\n${publicUrl}\n",
    "yaml": "a: |\n  b\n---\n# c\n",
    "facts": "host = ${postgres.host}\nport = ${postgres.port}\nuser = ${postgres.user}\nself = ${web.url}\n",
    "binary": "\x00\x01",
}


@pytest.mark.helm
def test_the_chart_has_the_same_files_and_the_same_checksum(tmp_path: Path) -> None:
    files = {f"/etc/{name}": name for name in TEXTS}
    made = charted(shop(tmp_path, str(files), dict(TEXTS)))
    outside = (
        "postgres: {topology: external, user: a.b, external: {host: db.example, port: 6432, tls: false, cidrs: [10.9.0.0/24]}}"
    )
    for overlay in ("", "public: {host: shop.example, tls: true}", "services: {web: {podAnnotations: {a: '{{ b }}'}}}", outside):
        assert not broken(made, [overlay])


@pytest.mark.helm
def test_the_chart_shows_a_text_of_several_lines_line_by_line(tmp_path: Path) -> None:
    chart = charted(shop(tmp_path, "{/a: a}", {"a": APP})).chart
    lines = (chart / "templates" / "services" / "web.yaml").read_text().splitlines()
    assert {'    url = {{ include "shop.publicUrl" . }}/start', "    server {", "      literal: ${HOME}"} <= {*lines}


NO_SUCH = "allowed: a path below the catalogue's folder, such as files/app.yml"
PATH = "allowed: an absolute ASCII path such as /var/cache/app, without blanks, colons, quotes, . and .., and a slash at its end"


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ("{/a: app.yml}", f"./a: there is no file app.yml; {NO_SUCH}"),
        ("{/a: ''}", "./a: an empty path is a folder; name each file by itself"),
        ("{/a: folder}", "./a: folder is a folder; name each file by itself"),
        ("{/a: ../outside}", f"./a: ../outside leads out of the catalogue's folder; {NO_SUCH}"),
        ("{/a: /etc/hostname}", f"./a: /etc/hostname leads out of the catalogue's folder; {NO_SUCH}"),
        ("{/a: link}", f"./a: link leads out of the catalogue's folder; {NO_SUCH}"),
        ("{/a: loop}", "./a: loop cannot be read: its links lead to one another; name a file that you may read"),
        ("{/a: pipe}", f"./a: pipe is no plain file; {NO_SUCH}"),
        ("{/a: a/b}", "./a: a/b cannot be read: Not a directory; name a file that you may read"),
        ("{a: a}", f".a: the key is not allowed; {PATH}"),
        ("{/a/../b: a}", f"['/a/../b']: the key is not allowed; {PATH}"),
        ("{/a: 3}", "./a: 3 is not allowed; allowed: text, or a mapping"),
        ("{/a: {raw: true}}", "./a.source: is missing; allowed: text that is not empty"),
        ("{/a: {source: ''}}", "./a.source: is empty; allowed: text that is not empty"),
        ("{/a: {source: a, mode: 7}}", "./a.mode: unknown key; allowed: source, raw, executable"),
        ("{/a: a, /a/b: a}", "['/a/b']: /a/b is below /a, which is a file; remove it, or choose another path"),
        ("{/tmp/a: a}", "['/tmp/a']: /tmp/a is below /tmp, which is writable already; remove it, or choose another path"),
        ("{/proc/a: a}", "['/proc/a']: nothing can be mounted in /proc, which is the kernel's; choose another path"),
        (
            "{/etc/hosts/a: a}",
            "['/etc/hosts/a']: /etc/hosts is a file of each container, where no folder can be; choose another path",
        ),
    ],
)
def test_a_wrong_file_is_an_error_with_the_line_of_the_catalogue(tmp_path: Path, files: str, error: str) -> None:
    folder = tmp_path / "shop"
    (folder / "folder").mkdir(parents=True)
    (folder / "link").symlink_to(tmp_path / "outside")
    (tmp_path / "outside").write_text("")
    (folder / "loop").symlink_to(folder / "loop")
    os.mkfifo(folder / "pipe")
    named = error.replace("./a", "['/a']", 1) if error.startswith("./a") else error
    assert complaints(folder, files, {"a": ""}) == [named]


def test_a_file_in_a_writable_folder_is_an_error(tmp_path: Path) -> None:
    catalogue = shop(tmp_path, "{/a/b: a}\n    writable: [/a]", {"a": ""}).read_text()
    wrong = "services.web.files['/a/b']: /a/b is below /a, which is writable already"
    assert errors(tmp_path, catalogue=catalogue) == [f"catalogue.yaml:21: {wrong}; remove it, or choose another path"]


def test_a_link_to_a_file_below_the_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert complaints(tmp_path, "{/a: link, /b: x/../a}", {"a": "", "x/y": ""}) == []


def test_files_that_are_too_large_are_errors(tmp_path: Path) -> None:
    """They are measured as the object is stored: quotes twice, what is no text as base64."""
    contents: dict[str, bytes | str] = {"a": '"' * 130_000, "b": b"\xff" * 190_000, "c": "x" * (LARGEST - 2), "d": " " * (MOST + 1)}
    assert complaints(tmp_path, "{/a: a, /b: b, /c: c, /d: d}", contents) == [
        f"['/a']: a takes 260002 bytes in a ConfigMap; allowed: {LARGEST}",
        f"['/b']: b takes 253338 bytes in a ConfigMap; allowed: {LARGEST}",
        f"['/d']: d has {MOST + 1} bytes; allowed: {LARGEST}",
    ]


def test_all_files_of_a_service_together_are_bounded(tmp_path: Path) -> None:
    contents: dict[str, bytes | str] = dict.fromkeys("abcde", "x" * (LARGEST - 2))
    files = "{/a: a, /b: b, /c: c, /d: d, /e: e}"
    assert complaints(tmp_path, files, contents) == [f": the files of web have {5 * (LARGEST - 2)} bytes together; allowed: {MOST}"]


WAY_OUT = "or mount the file as it is, with raw: true"


def test_each_wrong_placeholder_is_told_once_with_its_line_in_the_file(tmp_path: Path) -> None:
    text = "#!/bin/sh\necho ${HOME}\necho ${HOME} ${publicUrl\n"
    known = "${publicUrl}, "
    first, second = complaints(tmp_path, "{/a: run.sh}", {"run.sh": text})
    assert first.startswith(f"['/a']: line 2 of run.sh: there is no placeholder `${{HOME}}`; allowed: {known}")
    assert first.endswith(f", or $${{HOME}} for the text itself; {WAY_OUT}")
    wrong = "line 3 of run.sh: the placeholder `${publicUrl` has no end"
    assert second == f"['/a']: {wrong}; close it with }}, or write $${{ for the text itself; {WAY_OUT}"


def test_a_password_is_refused_in_a_file(tmp_path: Path) -> None:
    (told,) = complaints(tmp_path, "{/a: a}", {"a": "${postgres.password}"})
    wrong = "line 1 of a: ${postgres.password} holds the password, which everybody could read here"
    assert told == f"['/a']: {wrong}; let the program read the variable DB_PASSWORD, which has it; {WAY_OUT}"


def test_placeholders_in_a_text_that_no_manifest_can_show_are_an_error(tmp_path: Path) -> None:
    wrong = "a has placeholders, and the character U+E000, which the program keeps for itself"
    told = [f"['/a']: {wrong}; remove it, {WAY_OUT}"]
    assert complaints(tmp_path, "{/a: a}", {"a": "\ue000 ${publicUrl}"}) == told
    assert complaints(tmp_path, "{/a: {source: a, raw: true}}", {"a": "\ue000 ${publicUrl}"}) == []


@pytest.mark.parametrize("name", ["web-files", "web-files-2"])
def test_no_service_has_the_name_of_the_config_map_of_another(tmp_path: Path, name: str) -> None:
    catalogue = shop(tmp_path, "{/a: a}", {"a": ""}).read_text()
    added = f"  {name}: {{tier: front, port: 1}}\n  store-files: {{tier: front, port: 1}}\n"
    line = len(catalogue.splitlines()) + 1
    assert errors(tmp_path, catalogue=catalogue + added) == [
        f"catalogue.yaml:{line}: services.{name}: the name `{name}` is reserved; choose another name"
    ]
