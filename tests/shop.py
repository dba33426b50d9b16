"""A small platform for the tests of bad input, and what `tierwright.pipeline.described` complains about when it is damaged."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.rendering import Rendered, render_platform
from tierwright.config.problems import ConfigError
from tierwright.pipeline import described

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "config"

CATALOGUE = """\
name: shop
tiers:
  - name: data
  - name: back
  - name: front
dataServices:
  postgres: {tier: data, port: 5432, urlVariable: DATABASE_URL}
secrets:
  api-keys: {source: provided, keys: [API_KEY]}
external:
  apis: {ports: [443]}
services:
  store:
    tier: back
    port: 3001
    needs: [postgres]
  web:
    tier: front
    port: 3000
    public: true
    needs: [postgres, store]
    environment: {GREETING: hello}
    secrets: [api-keys]
    external: [apis]
"""

RESTRICTED = (
    "securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}, "
    "runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}"
)
"""What a container of a pod of the user's own says, so that the namespace takes the pod."""


def rendered(folder: Path, overlay: str, catalogue: str = CATALOGUE) -> Rendered:
    """The objects of the shop with an overlay."""
    (folder / "catalogue.yaml").write_text(catalogue)
    (folder / "overlay.yaml").write_text(overlay)
    return render_platform(described(catalogue=folder / "catalogue.yaml", values=[folder / "overlay.yaml"]).platform)


def errors(folder: Path, *, catalogue: bytes | str = CATALOGUE, overlays: Mapping[str, bytes | str] | None = None) -> list[str]:
    """What `tierwright.pipeline.described` complains about, file names without the folder; nothing when it does not."""
    files = {"catalogue.yaml": catalogue, **(overlays or {})}
    for name, text in files.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    values = [folder / name for name in overlays or {}]
    try:
        described(catalogue=folder / "catalogue.yaml", values=values)
    except ConfigError as error:
        return str(error).replace(f"{folder}/", "").replace(f"{CONFIG}/", "").splitlines()
    return []
