"""Trees written as Helm templates, in the order of their keys, as people would write them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from tierwright.expressions.conditions import ALWAYS, NEVER, Condition, Truth, all_of, any_of, opposite
from tierwright.expressions.expression import Context, TraceError, operand, quoted
from tierwright.expressions.tokens import MARK, List, Map, Text, expression_of, is_marked, operand_of
from tierwright.expressions.tree import (
    ABSENT,
    Each,
    Include,
    Lines,
    Merged,
    NamedTemplate,
    OmitEmpty,
    Splice,
    Tree,
    When,
    begins_open,
)
from tierwright.outputs.helm.checks import guarded
from tierwright.outputs.helm.position import Position
from tierwright.outputs.helm.scalars import bare, constant, escaped, has_unsafe, inline, scalar
from tierwright.outputs.yaml_text import as_block, flow

Lined = list[str]


def entries(tree: Mapping[str, Tree], at: Position) -> Lined:
    """The entries of a map."""
    return [line for key, value in tree.items() for line in entry(key, value, at)]


def entry(key: str, value: Tree, at: Position) -> Lined:
    """One entry of a map, key and value, with its conditions."""
    if isinstance(value, When):
        return _branches(value, at, lambda branch, place: entry(key, branch, place))
    if isinstance(value, OmitEmpty):
        return _filled(key, value.tree, at)
    if isinstance(value, Splice):
        return _spliced(value, at)
    return [] if value is ABSENT else _valued(key, value, at)


def _valued(key: str, value: Tree, at: Position) -> Lined:
    """An entry that is always written."""
    head = f"{at.pad}{constant(key)}:"
    if isinstance(value, str):
        return _text(head, value, at)
    if isinstance(value, (dict, list, Merged)):
        if not value:
            return [f"{head} {flow(value)}"]
        _require(value, key, at)
        return [head, *_collection(value, at.deeper())]
    if isinstance(value, (Map, List)):
        return [head, _yaml(value.expression.source(at.context), at.deeper())]
    if isinstance(value, Include):
        block = " |" if isinstance(value.template.body, Lines) else ""
        return [f"{head}{block}", _included(value, at.deeper())]
    if isinstance(value, Lines):
        return [f"{head} |", *lines(value, at.deeper())]
    return [f"{head} {scalar(value, at.context)}"]


def _collection(tree: Tree, at: Position) -> Lined:
    if isinstance(tree, list):
        return items(tree, at)
    return _merged(tree, at) if isinstance(tree, Merged) else entries(tree, at)


def items(tree: Sequence[Tree], at: Position) -> Lined:
    """The items of a list; neighbours under the same condition share it."""
    written: Lined = []
    rest = list(tree)
    while rest:
        item = rest.pop(0)
        if isinstance(item, When):
            group, others = [item.then], [item.otherwise]
            while rest and isinstance(rest[0], When) and _matches(item.condition, rest[0].condition):
                following = rest.pop(0)
                straight = following.condition == item.condition
                group.append(following.then if straight else following.otherwise)
                others.append(following.otherwise if straight else following.then)
            otherwise = others[0] if len(others) == 1 and isinstance(others[0], When) else others
            written += _branches(When(item.condition, group, otherwise), at, _grouped)
        else:
            written += _item(item, at)
    return written


def _grouped(branch: Tree, at: Position) -> Lined:
    return items(branch if isinstance(branch, list) else [branch], at)


def lines(tree: Lines, at: Position) -> Lined:
    """The lines of a text block."""
    written: Lined = []
    for line in tree.lines:
        if isinstance(line, When):
            written += _branches(line, at, lambda branch, place: lines(Lines((branch,)), place))
        elif isinstance(line, Lines):
            written += lines(line, at)
        elif isinstance(line, Each):
            written += [_range(line, at), *lines(Lines((line.body,)), at.inside()), f"{at.pad}{{{{- end }}}}"]
        elif line is not ABSENT:
            text = inline(line, at.context) if is_marked(line) else escaped(line)
            written.append(f"{at.pad}{text}" if text else "")
    return written


def define(named: NamedTemplate, platform: str, columns: dict[str, int]) -> Lined:
    """A named template of a platform. One that is placed is written as it stands there, with the line break before it."""
    column = columns.setdefault(named.name, 0) if named.placed else 0
    at = Position(column, Context(arguments=bool(named.parameters), platform=platform), columns=columns)
    if isinstance(named.body, str):
        body = [inline(named.body, at.context)]
    elif isinstance(named.body, tuple):
        body = guarded(named.body, at)
    elif isinstance(named.body, Lines):
        body = lines(named.body, at)
    else:
        body = items(named.body, at) if isinstance(named.body, list) else _body(named.body, at)
    begins = "}}" if named.placed else "-}}"
    return [f'{{{{- define "{named.name}" {begins}', *body, "{{- end }}"]


def _body(tree: Tree, at: Position) -> Lined:
    """The entries of a map, one of two maps, or several as one."""
    if isinstance(tree, When):
        return _branches(tree, at, _body)
    return _merged(tree, at) if isinstance(tree, Merged) else entries(tree, at)


def _filled(key: str, tree: Tree, at: Position) -> Lined:
    """An entry that is left out where its value is empty."""
    if isinstance(tree, (Map, List, Text, Include)) or (isinstance(tree, Merged) and presence(tree) != ALWAYS):
        if isinstance(tree, (Include, Merged)):
            source = bare(tree, at.context) if isinstance(tree, Include) else _together(tree, at.context)
            value = [f"{at.pad}{constant(key)}:", f"{at.pad}  {{{{- . | trim | nindent {at.indent + 2} }}}}"]
        elif isinstance(tree, Text):
            source = bare(expression_of(tree), at.context)
            value = [f"{at.pad}{constant(key)}: {{{{ . | quote }}}}"]
        else:
            source = bare(tree.expression, at.context)
            is_of_texts = isinstance(tree, Map) and tree.of_texts
            value = [f"{at.pad}{constant(key)}:", *(_texts(".", at.deeper()) if is_of_texts else [_yaml(".", at.deeper())])]
        return [f"{at.pad}{{{{- with {source} }}}}", *value, f"{at.pad}{{{{- end }}}}"]
    needed = presence(tree)
    return _branches(When(needed, tree), at, lambda branch, place: entry(key, branch, place))


def _branches(tree: Tree, at: Position, write: Callable[[Tree, Position], Lined]) -> Lined:
    """`if`, `else if`, `else`, `end`, as far as the conditions are not known to hold here."""
    branches: list[tuple[Condition, Lined]] = []
    while isinstance(tree, When):
        condition = at.remaining(tree.condition)
        if condition == ALWAYS:
            tree = tree.then
            break
        if condition != NEVER and not any(opposite(one) in at.known for one in (condition, tree.condition)):
            branches.append((condition, write(tree.then, at.under(tree.condition))))
            at = at.under(opposite(condition))
        tree = tree.otherwise
    otherwise = write(tree, at)
    if len(branches) == 1 and not branches[0][1]:
        branches, otherwise = [(opposite(branches[0][0]), otherwise)], []
    while branches and not branches[-1][1] and not otherwise:
        branches.pop()
    if not branches:
        return list(otherwise)
    written: Lined = []
    for condition, branch in branches:
        written += [f"{at.pad}{{{{- {'else if' if written else 'if'} {condition.test(at.context)} }}}}", *branch]
    return [*written, *([f"{at.pad}{{{{- else }}}}", *otherwise] if otherwise else []), f"{at.pad}{{{{- end }}}}"]


def _item(item: Tree, at: Position) -> Lined:
    if item is ABSENT:
        return []
    if isinstance(item, Each):
        return [_range(item, at), *_item(item.body, at.inside()), f"{at.pad}{{{{- end }}}}"]
    if isinstance(item, Splice):
        return _spliced(item, at)
    if isinstance(item, Lines):
        return [f"{at.pad}- |", *lines(item, at.deeper())]
    if isinstance(item, dict):
        written = entries(item, at.deeper())
        if not written:
            return [f"{at.pad}- {{}}"]
        if written[0].lstrip().startswith("{{"):
            raise TraceError(f"the first entry of a list's item must always be there: {list(item)}")
        return [f"{at.pad}- {written[0].lstrip()}", *written[1:]]
    if isinstance(item, list):
        return items(item, at)
    return _text(f"{at.pad}-", item, at) if isinstance(item, str) else [f"{at.pad}- {scalar(item, at.context)}"]


def _range(each: Each, at: Position) -> str:
    names = "$key, $value" if each.entries else "$value"
    return f"{at.pad}{{{{- range {names} := {bare(each.of, at.context)} }}}}"


def _spliced(splice: Splice, at: Position) -> Lined:
    """The items of a list, or the entries of a map. Those of the user, which are seldom there, are one line."""
    if isinstance(splice.of, Include):
        return [_included(splice.of, at)]
    return [f"{at.pad}{{{{- with {bare(splice.of, at.context)} }}}}{_yaml('.', at).lstrip()}{{{{ end }}}}"]


def _merged(tree: Merged, at: Position) -> Lined:
    """Several maps as one. A user's map before constant ones is written as it is, without the keys that come later."""
    first, *rest = tree.parts
    if isinstance(first, Map) and all(isinstance(part, dict) for part in rest):
        keys = [key for part in rest for key in part]
        constants = [line for part in rest for line in entries(part, at)]
        return [*_user_texts(bare(first.expression, at.context), keys, at), *constants]
    return [f"{at.pad}{{{{- {_together(tree, at.context)} | trim | nindent {at.indent} }}}}"]


def _user_texts(source: str, keys: Sequence[str], at: Position) -> Lined:
    """The entries of a map of texts, without those keys. Most such maps are empty, and to copy one takes time."""
    if not keys:
        return _texts(source, at)
    rest = f"omit . {' '.join(map(quoted, keys))}"
    return [f"{at.pad}{{{{- with {source} }}}}", *_texts(rest, at), f"{at.pad}{{{{- end }}}}"]


def _together(tree: Merged, context: Context) -> str:
    """The call of the helper that lays maps over one another. Where one of them is a named template's, there is another helper."""
    calls = [part for part in tree.parts if isinstance(part, Include)]
    if len(calls) == 1:
        at = next(index for index, part in enumerate(tree.parts) if part is calls[0])
        before, after = (_one_map(parts, context) for parts in (tree.parts[:at], tree.parts[at + 1 :]))
        return f'include "{context.platform}.around" (list {before} ({bare(calls[0], context)} | trim) {after})'
    maps = " ".join(operand for part in tree.parts for operand in _map_operands(part, context))
    return f'include "{context.platform}.merged" (list {maps})'


def _one_map(parts: Sequence[Tree], context: Context) -> str:
    """Maps as one operand."""
    maps = [operand for part in parts for operand in _map_operands(part, context)]
    return (
        maps[0]
        if len(maps) == 1
        else f'(include "{context.platform}.merged" (list {" ".join(maps)}) | fromYaml)'
        if maps
        else "dict"
    )


def _map_operands(part: Tree, context: Context) -> Iterator[str]:
    """A map as operands; entries that may be absent are maps of their own."""
    if isinstance(part, Map):
        yield part.expression.source(context)
    elif isinstance(part, Include):
        yield f"({bare(part, context)} | fromYaml)"
    else:
        certain = {key: value for key, value in part.items() if not isinstance(value, When)}
        if certain:
            yield _constant_map(certain, context)
        yield from (_entry_operand(key, value, context) for key, value in part.items() if isinstance(value, When))


def _entry_operand(key: str, value: Tree, context: Context) -> str:
    """A map of one entry, or an empty one where the entry is absent."""
    if isinstance(value, When):
        then, otherwise = (_entry_operand(key, side, context) for side in (value.then, value.otherwise))
        return f"(ternary {then} {otherwise} {value.condition.flag(context)})"
    return _constant_map({} if value is ABSENT else {key: value}, context)


def _constant_map(entries: Mapping[str, str], context: Context) -> str:
    pairs = "".join(f" {quoted(key)} {operand(operand_of(value), context)}" for key, value in entries.items())
    return f"(dict{pairs})"


def _included(call: Include, at: Position) -> str:
    """The output of a named template, on lines of its own. A template that begins with a block also begins with a line break."""
    if call.template.placed:
        return f"{at.pad}{{{{- {_placed(call, at)} }}}}"
    trimmed = " | trim" if begins_open(call.template.body) else ""
    return f"{at.pad}{{{{- {bare(call, at.context)}{trimmed} | nindent {at.indent} }}}}"


def _placed(call: Include, at: Position) -> str:
    """The call of a named template that is placed: its text has the column of the first call, and is moved to others."""
    column = at.columns.setdefault(call.template.name, at.indent)
    if column == at.indent:
        return f"template {bare(call, at.context).removeprefix('include ')}"
    old, new = (quoted(f"\n{' ' * max(spaces, 0)}") for spaces in (column - at.indent, at.indent - column))
    return f"{bare(call, at.context)} | replace {old} {new}"


def _texts(source: str, at: Position) -> Lined:
    """The entries of a map of texts of the user's: without a helper, which is faster."""
    return [
        f"{at.pad}{{{{- range $key, $value := {source} }}}}",
        f"{at.pad}{{{{ $key | quote }}}}: {{{{ $value | quote }}}}",
        f"{at.pad}{{{{- end }}}}",
    ]


def _yaml(source: str, at: Position) -> str:
    return f'{at.pad}{{{{- include "{at.context.platform}.yaml" {source} | trim | nindent {at.indent} }}}}'


def _text(head: str, text: str, at: Position) -> Lined:
    """A text after its key or dash; one of several lines as a block, where it is one whatever its tokens are."""
    block = as_block(text) if not is_marked(text) else _marked_block(text)
    if block is None:
        return [f"{head} {scalar(text, at.context)}"]
    lines = (inline(line, at.context) if is_marked(line) else escaped(line) for line in block[1])
    return [f"{head} {block[0]}", *(f"{at.pad}  {line}" if line else "" for line in lines)]


def _marked_block(text: str) -> tuple[str, list[str]] | None:
    """A text with tokens as a block: with nothing in their places it is one, and with anything that has no line break."""
    if has_unsafe(text) or not all(as_block(MARK.sub(one, text)) for one in ("", "x")):
        return None
    return ("|", text[:-1].split("\n")) if text.endswith("\n") else ("|-", text.split("\n"))


def presence(tree: Tree) -> Condition:
    """The condition under which a map or list is not empty."""
    if isinstance(tree, (Map, List)):
        return Truth(tree.expression)
    if isinstance(tree, Merged):
        return any_of(*map(presence, tree.parts))
    if isinstance(tree, When):
        return _either_present(tree, presence)
    if isinstance(tree, Mapping):
        return any_of(*map(_counts, tree.values()))
    return any_of(*map(_counts, tree)) if isinstance(tree, list) else ALWAYS


def _counts(value: Tree) -> Condition:
    """The condition under which an entry or item is written, whether its value is empty or not."""
    if value is ABSENT:
        return NEVER
    if isinstance(value, When):
        return _either_present(value, _counts)
    if isinstance(value, Splice) and isinstance(value.of, Include):
        return presence(value.of.template.body)
    if isinstance(value, (Each, Splice)):
        return ALWAYS if isinstance(value, Each) and value.certain else Truth(value.of)
    return presence(value.tree) if isinstance(value, OmitEmpty) else ALWAYS


def _either_present(tree: When, of: Callable[[Tree], Condition]) -> Condition:
    sides = ((tree.condition, of(tree.then)), (opposite(tree.condition), of(tree.otherwise)))
    return ALWAYS if all(inner == ALWAYS for _, inner in sides) else any_of(*(all_of(*side) for side in sides))


def _require(tree: Tree, key: str, at: Position) -> None:
    if not tree or isinstance(tree, Merged) or any(_counts(one) == ALWAYS for one in _members(tree)):
        return
    if at.remaining(presence(tree)) != ALWAYS:
        raise TraceError(f"`{key}` may be empty under some values: wrap it in OmitEmpty, or give it something that is always there")


def _members(tree: Tree) -> Iterable[Tree]:
    return tree.values() if isinstance(tree, Mapping) else tree


def _matches(one: Condition, other: Condition) -> bool:
    return other in (one, opposite(one))
