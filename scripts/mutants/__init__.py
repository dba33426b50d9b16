"""Small faults, put into the library one by one: which of them does no test notice? Not part of CI.

cosmic-ray runs all tests for each mutant; mutmut mutates functions alone, in processes that fork while Node runs in them.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
OUT = "MUTANTS_SEEN"
"""The variable with the folder into which each process of pytest writes which lines its tests come by."""
