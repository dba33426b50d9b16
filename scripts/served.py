"""Write constructs/tierwright/kit/served.json from the API schemas of all supported versions of Kubernetes.

With --check, fail when what is there differs.
"""

import json
import re
import sys
from typing import Any

from tierwright.admission.kubernetes import OLDEST, VERSIONS, definitions
from tierwright.kit.cluster_scoped import group_of
from tierwright.kit.served import FILE

_KINDS = "x-kubernetes-group-version-kind"
_DELETED = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"


def main() -> int:
    text = table()
    if FILE.read_text(encoding="utf-8") == text:
        return 0
    if "--check" in sys.argv:
        print(f"{FILE.name} is behind the API schemas: run `make schemas`", file=sys.stderr)
        return 1
    FILE.write_text(text, encoding="utf-8")
    return 0


def table() -> str:
    """The table: one kind a line."""
    kinds: dict[str, set[str]] = {}
    for version in VERSIONS:
        for schema in definitions(version)["$defs"].values():
            of = schema.get(_KINDS, ())
            if len(of) == 1 and _is_of_object(schema):
                kinds.setdefault(of[0]["kind"], set()).add(_api_version(of[0]))
    # The API deletes in the name of groups too that it serves no more, such as extensions.
    groups = {one["group"] for one in definitions(OLDEST)["$defs"][_DELETED][_KINDS]}
    groups |= {group_of(version) for versions in kinds.values() for version in versions}
    lines = [f"    {json.dumps(kind)}: {json.dumps(sorted(kinds[kind], key=_rank))}" for kind in sorted(kinds)]
    return f'{{\n  "groups": {json.dumps(sorted(groups))},\n  "kinds": {{\n' + ",\n".join(lines) + "\n  }\n}\n"


def _is_of_object(schema: dict[str, Any]) -> bool:
    """Lists and answers of the API have a kind too, but the metadata of none."""
    metadata = json.dumps(schema.get("properties", {}).get("metadata"))
    return "meta.v1.ObjectMeta" in metadata


def _api_version(of: dict[str, str]) -> str:
    return f"{of['group']}/{of['version']}" if of["group"] else of["version"]


def _rank(api_version: str) -> tuple[int, int, str]:
    """Stable versions come before beta before alpha, and of each the newest first."""
    found = re.search(r"v(\d+)(alpha|beta)?(\d*)$", api_version)
    assert found
    return ["", "beta", "alpha"].index(found[2] or ""), -int(found[1] + found[3].zfill(3)), api_version


if __name__ == "__main__":
    sys.exit(main())
