"""Files that are no configuration at all: every refusal, with the whole message."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shop import errors
from tierwright.config.problems import ConfigError
from tierwright.pipeline import described

ODD_CHARACTER = "is not YAML: while scanning for the next token, found character that cannot start any token"
NO_CONFIGURATION = [
    (b"[]", "1: the top of the file is no mapping; write `key: value` lines"),
    (b"web", "1: the top of the file is no mapping; write `key: value` lines"),
    (b"a: 1\nb: \xe4", "2: is not UTF-8 text: unexpected end of data at byte 8; save it as UTF-8"),
    ("a: 1".encode("utf-16"), "1: is not UTF-8 text: invalid start byte at byte 0; save it as UTF-8"),
    (b"a: 1\n\0b: 2", "2: has the character U+0000, which YAML does not allow; remove it"),
    (b"a:\n\t- b", f"2: {ODD_CHARACTER}; indent with blanks, not with tabs"),
    (b"a: {\n", "1: is not YAML: while parsing a flow node, did not find expected node content; correct the syntax"),
    (b"a: *b", "1: is not YAML: found undefined alias; correct the syntax"),
    (
        b"a: 1\n---\nb: 2",
        "2: is not YAML: expected a single document in the stream, but found another document; correct the syntax",
    ),
    (b"a: 1\na: 2", "2: a: is set already on line 1; keep one of the two"),
    (b"a:\n  no: 2", "2: a: the key `no` is no text; write it in quotes"),
    (b"? [a]\n: b", "1: a key is no text but a collection; write `key: value` lines"),
    (b"a: &a {b: c}\nd:\n  <<: *a", "3: d: `<<` merges a mapping; write the entries out"),
    (b"a: &a [*a]", "1: a[0]: an alias refers to what contains it; write the value out"),
    (b"a: !!python/name:os.system {}", "1: a: has the tag tag:yaml.org,2002:python/name:os.system; write a plain mapping or list"),
    (b"a: !!binary aGk=", "1: a: has the tag tag:yaml.org,2002:binary; write text, a number, true or false"),
    (b"a: .inf", "1: a: `.inf` is not finite; write a finite number"),
    (
        b"a:\n  b: 1\n\tc: 2",
        (
            "3: is not YAML: while scanning a plain scalar, found a tab character that violates indentation; "
            "indent with blanks, not with tabs"
        ),
    ),
    (b"a: @b", f"1: {ODD_CHARACTER}; write the text in quotes"),
    (b"a:\n- `b`", f"2: {ODD_CHARACTER}; write the text in quotes"),
    (b"a: %b", f"1: {ODD_CHARACTER}; write the text in quotes"),
    (b"a: !!int ''", "1: a: `` is no int; write it in quotes if text is meant"),
    (b"a: 0x" + b"f" * 5000, f"1: a: `0x{'f' * 55}...` is too large; write it in quotes if text is meant"),
    (b'a: "\\0"', "1: a: has the character U+0000, which YAML does not allow; remove it"),
    (b'a: [b, "\\ue0000\\ue001"]', "1: a[1]: has the character U+E000, which the program keeps for itself; remove it"),
    ("a: '\ue001'".encode(), "1: a: has the character U+E001, which the program keeps for itself; remove it"),
    (b'a: {"b\\ue000": 1}', "1: a: a key has the character U+E000, which the program keeps for itself; remove it"),
    (
        "# a\u2028b\na: 1".encode(),
        '1: has the character U+2028 as it is, which ends a line for some readers of YAML; write it as "\\u2028", in double quotes',
    ),
    (
        'a: 1\nb: "c\x85d"'.encode(),
        '2: has the character U+0085 as it is, which ends a line for some readers of YAML; write it as "\\u0085", in double quotes',
    ),
    (b"? '" + b"k" * 999 + b"'\n: 1", f"1: the key `{'k' * 57}...` is too long; use at most 1000 characters"),
    (b"[" * 100_000, "1: is nested more than 50 levels deep; use fewer levels"),
]


@pytest.mark.parametrize(("content", "error"), NO_CONFIGURATION)
def test_what_is_no_configuration_at_all_is_told_with_its_line(tmp_path: Path, content: bytes, error: str) -> None:
    found = errors(tmp_path, overlays={"shop.yaml": content})
    assert [one for one in found if "unknown key" not in one] == [f"shop.yaml:{error}"]  # `a` is no key of the values either


def test_aliases_that_multiply_end_at_a_bound(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
    assert errors(tmp_path, overlays={"shop.yaml": bomb}) == ["shop.yaml:1: has more than 100000 entries; use fewer aliases"]


def test_a_catalogue_that_is_empty_misses_all_that_is_required(tmp_path: Path) -> None:
    assert errors(tmp_path, catalogue="") == [
        (
            "catalogue.yaml:1: name: is missing; allowed: "
            "a name of up to 53 lower-case letters, digits and hyphens that begins with a letter"
        ),
        "catalogue.yaml:1: services: is missing; allowed: a mapping with at least one entry",
        "catalogue.yaml:1: tiers: is missing; allowed: a list of 1 to 50 entries",
    ]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as missing:
        described(catalogue=tmp_path / "none.yaml", values=[tmp_path])
    assert str(missing.value).splitlines() == [
        f"{tmp_path}:1: cannot be read: Is a directory; name a YAML file that exists and that you may read",
        f"{tmp_path}/none.yaml:1: cannot be read: No such file or directory; name a YAML file that exists and that you may read",
    ]
