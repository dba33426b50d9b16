"""`cdk8s synth` built aside: the CLI by itself empties its output folder before it runs the app.

Usage: synth.py OUT. CASTIEL_ENV, CASTIEL_CATALOGUE and CASTIEL_VALUES choose what of, as for main.py.
"""

import shlex
import subprocess
import sys
from pathlib import Path

from castiel.output.folder import OutputError, replaced

ROOT = Path(__file__).resolve().parent.parent


class SynthError(Exception):
    """The CLI failed, and has said why."""


def main(out: str) -> int:
    # The CLI would bury the errors of the configuration under a stack trace of its own.
    if subprocess.run([sys.executable, "main.py", "--check"], cwd=ROOT, check=False).returncode:
        return 2
    command = [str(ROOT / "node_modules" / ".bin" / "cdk8s"), "synth", "--check-upgrade=false"]
    try:
        with replaced(Path(out)) as folder:
            # Named to the app too, so that it writes the chart wherever the folder is.
            app = f"{shlex.quote(sys.executable)} -O main.py --out {shlex.quote(str(folder))}"
            command += ["--output", str(folder), "--app", app]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
            if done.returncode:
                raise SynthError(done.stdout + done.stderr)
    except (SynthError, OutputError) as error:
        print(error, file=sys.stderr)
        return 2
    for file in [*sorted(Path(out).glob("*.yaml")), *sorted(Path(out).glob("helm/*/"))]:
        print(file)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
