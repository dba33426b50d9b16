"""Generate `imports/` with `cdk8s import`: one class for each kind of tierwright/kit/kinds.py, and nothing else.

The API definitions come from the package kubernetes-validate, so that this needs no network. Fields stay plain data in
the manifest's own shape; docs/decisions.md has the reason and the figures.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import kubernetes_validate

from tierwright.kit.kinds import BOUND

KUBERNETES = "1.36.0"
ROOT = Path(__file__).resolve().parent.parent
SCHEMAS = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema"


def generate(target: Path) -> None:
    """Write the bindings into `target`, an existing folder. Raises CalledProcessError when the CLI fails."""
    subprocess.run(
        [
            *(
                str(ROOT / "node_modules" / ".bin" / "cdk8s"),
                "import",
                f"k8s@{KUBERNETES}",
                "--language",
                "python",
                "--output",
                str(target),
            ),
            *("--exclude", "^#/definitions/", "--no-save", "--check-upgrade=false"),
        ],
        check=True,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ
        | {
            # The CLI, and what it starts, find the Node of the virtual environment.
            "PATH": f"{Path(sys.prefix) / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "NODE_OPTIONS": f"--require {ROOT / 'scripts' / 'local_definitions.cjs'}",
            "CASTIEL_DEFINITIONS": str(SCHEMAS / f"v{KUBERNETES}-local" / "_definitions.json"),
            "CASTIEL_KINDS": ",".join(f"{kind.api_version}/{kind.name}" for kind in BOUND),
        },
    )


def main() -> None:
    """Replace imports/k8s by what the CLI generates now."""
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        target = ROOT / "imports" / "k8s"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(Path(folder) / "k8s", target)
    print(f"imports/k8s holds the kinds of kit/kinds.py, from Kubernetes {KUBERNETES}", file=sys.stderr)


if __name__ == "__main__":
    main()
