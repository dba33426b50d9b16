"""Jobs that run once for each version of their pod.

The template of a Job can never change, so the Job is named after a fingerprint of it: another template is another Job, which runs;
the same one is the same Job, which has run.
"""

from __future__ import annotations

from collections.abc import Callable

from tierwright.expressions.fingerprints import Fingerprint
from tierwright.expressions.tokens import Text
from tierwright.expressions.tree import Tree
from tierwright.kit.concern import Concern
from tierwright.kit.kinds import JOB
from tierwright.kit.metadata import Manifest


def declare_named_job(
    concern: Concern, name: str, template: Tree, *, metadata: Callable[[str], Tree], spec: Callable[[Tree], Manifest]
) -> None:
    """Declare the Job of a concern, called `name` and the fingerprint of what the aspects make of `template`.

    `metadata` makes that of the Job from its whole name, `spec` its spec from the template.
    """
    plain = {"metadata": metadata(name), "spec": spec(template)}
    whole = concern.with_aspects("job", JOB, plain)["spec"]["template"]
    named = concern.blueprint.call(f"templateOfJob.{name}", lambda: whole)
    concern.declare("job", JOB, {"metadata": metadata(f"{name}-{Text(Fingerprint(named))}"), "spec": spec(named)})
