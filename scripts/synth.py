"""`cdk8s synth` built aside: the CLI by itself empties its output folder before it runs the app.

Usage: synth.py OUT. ENV, CATALOGUE and VALUES of make become the variables that main.py reads.
"""

import os
import subprocess
import sys
from pathlib import Path

from castiel.output.folder import OutputError, replaced

ROOT = Path(__file__).resolve().parent.parent


class Failed(Exception):
    """The CLI failed, and has said why."""


def main(out: str) -> int:
    chosen = {f"CASTIEL_{name}": os.environ[name] for name in ("ENV", "CATALOGUE", "VALUES") if os.environ.get(name)}
    environment = os.environ | chosen
    # The CLI would bury the errors of the configuration under a stack trace of its own.
    if subprocess.run([sys.executable, "main.py", "--check"], cwd=ROOT, env=environment).returncode:
        return 2
    command = [ROOT / "node_modules" / ".bin" / "cdk8s", "synth", "--check-upgrade=false", "--output"]
    try:
        with replaced(Path(out)) as folder:
            done = subprocess.run([*command, str(folder)], cwd=ROOT, env=environment, capture_output=True, text=True)
            if done.returncode:
                raise Failed(done.stdout + done.stderr)
    except (Failed, OutputError) as error:
        print(error, file=sys.stderr)
        return 2
    for file in sorted(Path(out).glob("*.yaml")):
        print(file)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
