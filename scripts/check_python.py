"""Stop with one clear line when the Python that set-up found is too old."""

import sys

OLDEST = (3, 11)

if sys.version_info < OLDEST:
    found = ".".join(map(str, sys.version_info[:3]))
    wanted = ".".join(map(str, OLDEST))
    sys.exit(f"this Python is {found}, {wanted} or newer is needed: make PYTHON=python{wanted} ...")
