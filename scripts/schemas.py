"""Write config/schemas/ from the types of the model; with --check, fail when what is there differs."""

import json
import sys
from pathlib import Path

from tierwright.model.schemas import catalogue_schema, chart_schema, overlay_schema, values_schema

FOLDER = Path(__file__).resolve().parent.parent / "config" / "schemas"
SCHEMAS = {"catalogue": catalogue_schema, "values": values_schema, "overlay": overlay_schema, "chart": chart_schema}


def main() -> int:
    stale = []
    for name, make in SCHEMAS.items():
        file = FOLDER / f"{name}.schema.json"
        text = json.dumps(make(), indent=2, ensure_ascii=False) + "\n"
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            stale.append(file.name)
            if "--check" not in sys.argv:
                file.write_text(text, encoding="utf-8")
    if stale and "--check" in sys.argv:
        print(f"config/schemas is behind the types ({', '.join(stale)}): run `make schemas`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
