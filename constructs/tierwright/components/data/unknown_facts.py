"""What texts of the catalogue cannot ask for under some values: parts of a URL that comes whole from a Secret, or no password."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tierwright.blueprint import Blueprint
from tierwright.config.problems import Path
from tierwright.expressions.conditions import Condition, HasKey, all_of, opposite
from tierwright.expressions.tokens import expression_of, filled
from tierwright.kit.rules import Rule, Rules
from tierwright.model.part import Part
from tierwright.model.placeholder_rules import texts
from tierwright.model.placeholders import OF_SERVICES, PASSWORD, placeholder, placeholders
from tierwright.model.references import references, text_of


class _Asked(msgspec.Struct, frozen=True):
    """A text of a service that asks something: what the text is, in words, the variable that it is, if it is one, or its key.

    `target` is the data service or further endpoint of which it asks.
    """

    client: str
    what: str
    question: str
    target: str = ""
    variable: str = ""
    key: str = ""


def _parts(blueprint: Blueprint) -> Iterator[Rule]:
    """Of a URL that comes whole from a Secret nobody knows the parts, but for host and port, which policies need.

    What is apart from it follows from the values, as with any other URL.
    """
    for name, part in blueprint.connected.items():
        for asked in _asking(blueprint, part):
            remedy = f"let the program read {blueprint.catalogue.url_variable(asked.target)}"
            yield Rule(
                path=(*part.place, "external", "secret", "urlKey"),
                broken=all_of(blueprint.has_whole_url(name), _is_there(blueprint, asked)),
                wrong=f"the URL comes whole from a Secret, but {asked.what} asks for {asked.question}",
                allowed=f"{remedy}, or set services.{asked.client}.env.{asked.variable} otherwise" if asked.variable else remedy,
            )


def _no_passwords(blueprint: Blueprint) -> Iterator[Rule]:
    for name, part in blueprint.connected.items():
        assert part.connection is not None
        for asked in _referring(blueprint, part) if part.connection.password_switch else ():
            path: Path = (*part.place, part.connection.password_switch)
            yield Rule(
                path=path,
                broken=all_of(opposite(blueprint.is_protected(name)), _is_there(blueprint, asked)),
                wrong=f"{name} has no password, but {asked.what} asks for {asked.question}",
                allowed=f"write {placeholder(name, PASSWORD)} there, which is empty then, or set "
                f"services.{asked.client}.env.{asked.variable} otherwise",
            )


def _is_there(blueprint: Blueprint, asked: _Asked) -> Condition:
    """Whether the service is part of the platform and has the text as the catalogue says it."""
    values, present = blueprint.values_of(asked.client), blueprint.presence(asked.client)
    if asked.variable:
        return all_of(present, opposite(HasKey(expression_of(values.env), asked.variable)))
    own = {"command": values.command, "args": values.args}.get(asked.key)
    return present if own is None else all_of(present, opposite(filled(own)))


def _asking(blueprint: Blueprint, part: Part) -> Iterator[_Asked]:
    """The texts that ask for a part of the URL of a data service."""
    yield from _referring(blueprint, part)
    for client in blueprint.clients[part.name]:
        for text, asked in _texts(blueprint, client):
            for question in dict.fromkeys(placeholders(text)):
                if question.owner == part.name and question.fact not in (*OF_SERVICES, *part.apart):
                    yield msgspec.structs.replace(asked, question=question.written, target=question.target)


def _referring(blueprint: Blueprint, part: Part) -> Iterator[_Asked]:
    """The variables that refer to the variable with the password of a data service."""
    assert part.connection is not None
    password = part.connection.password_variable
    for client in blueprint.clients[part.name]:
        service = blueprint.service(client)
        target = next(reach.target for reach in service.reaches if reach.owner == part.name)
        for variable, text in service.environment.items():
            if password in references(text_of(text)):
                yield _Asked(client, f"{variable} of {client}", f"$({password})", target, variable)


def _texts(blueprint: Blueprint, client: str) -> Iterator[tuple[str, _Asked]]:
    """The texts in which a service may ask facts, each with what it is."""
    for (key, *below), text, in_variable in texts(blueprint.service(client)):
        variable = str(below[0]) if in_variable else ""
        yield text, _Asked(client, f"{variable or key} of {client}", "", variable=variable, key=str(key))
    for file in blueprint.files(client):
        if file.text is not None and not file.raw:
            yield file.text, _Asked(client, f"{file.path} of {client}", "")


UNKNOWN_FACTS = Rules(of_platform=(_parts, _no_passwords))
