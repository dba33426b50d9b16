"""Write config/schemas/ from the types of the model, and constructs/tierwright/kit/served.json from the API schemas of Kubernetes.

With --check, fail when what is there differs.
"""

import json
import sys
from pathlib import Path

from scripts.served import table
from tierwright.kit.served import FILE
from tierwright.model.schemas import SCHEMAS

FOLDER = Path(__file__).resolve().parent.parent / "config" / "schemas"


def main() -> int:
    made = {
        FOLDER / f"{name}.schema.json": json.dumps(make(), indent=2, ensure_ascii=False) + "\n" for name, make in SCHEMAS.items()
    }
    stale = []
    for file, text in {**made, FILE: table()}.items():
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            stale.append(file.name)
            if "--check" not in sys.argv:
                file.write_text(text, encoding="utf-8")
    if stale and "--check" in sys.argv:
        print(f"generated files are behind ({', '.join(stale)}): run `make schemas`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
