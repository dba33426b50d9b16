"""`cdk8s synth` built aside: the CLI by itself empties its output folder before it runs the app.

Usage: synth.py OUT. CASTIEL_ENV, CASTIEL_CATALOGUE and CASTIEL_VALUES choose what of, as for main.py.
"""

import os
import shlex
import shutil
import sys
import tempfile
from pathlib import Path

from tierwright.cli.ended import printed
from tierwright.outputs.folder import replaced
from tierwright.process.aside import aside
from tierwright.process.beginning import begin
from tierwright.process.children import run
from tierwright.process.ending import FailureError, say

ROOT = Path(__file__).resolve().parent.parent
MADE = ("*.yaml", "compose/compose.yaml", "helm/*/", "swarm/stack.yaml")
"""What it lists: the manifests, and of the other outputs what people hand to Compose, Helm and Swarm."""
CLI = ROOT / "node_modules" / ".bin" / "cdk8s"


class SynthError(FailureError):
    """The CLI failed; the message is what it said."""


def main(out: str) -> int:
    try:
        # The CLI would bury the errors of the configuration under a stack trace of its own.
        checked = run([sys.executable, "main.py", "--check"], cwd=ROOT)
        if checked.code:
            raise SynthError(checked.said)
        with replaced(Path(out)) as folder, aside(Path(tempfile.gettempdir())) as temporary:
            shutil.copytree(_synthesized(temporary), folder, dirs_exist_ok=True)
        printed("".join(f"{file}\n" for made in MADE for file in sorted(Path(out).glob(made))))
    except FailureError as error:
        say(error)
        return 2
    except OSError as error:
        say(f"{error.filename}: {error.strerror}")
        return 2
    return 0


def _synthesized(temporary: Path) -> Path:
    """What `cdk8s synth` makes; in a folder of ours, since it removes the one that it is to write to."""
    folder, errors = temporary / "made" / "out", temporary / "errors"
    folder.parent.mkdir()
    # Named to the app too, so that it writes the chart wherever the folder is.
    app = f"{shlex.quote(sys.executable)} -O main.py --out {shlex.quote(str(folder))} 2> {shlex.quote(str(errors))}"
    command = [str(CLI), "synth", "--check-upgrade=false", "--output", str(folder), "--app", app]
    # The CLI looks for plug-ins in HOME, and fails where there is none.
    done = run(command, cwd=ROOT, environment={"HOME": str(temporary), **os.environ, "TMPDIR": str(temporary)})
    if done.code:
        said = errors.read_text(encoding="utf-8", errors="replace") if errors.exists() else ""
        raise SynthError((said or done.said).rstrip())
    return folder


if __name__ == "__main__":
    begin()
    sys.exit(main(sys.argv[1]))
