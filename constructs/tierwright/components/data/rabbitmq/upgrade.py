"""RabbitMQ 4 on the data of RabbitMQ 3: refused unless the values confirm it, for there is no way back.

Which version has written a volume is not known before a pod has it, so the start of the server looks. A broker that begins with 4
has a feature flag of it from the first moment; one that was of 3 has none until somebody enables all.
"""

from __future__ import annotations

from tierwright.components.data.rabbitmq.cluster.scripts import new_mark
from tierwright.components.data.rabbitmq.values import Rabbitmq
from tierwright.expressions.conditions import Condition, Matches, all_of, opposite
from tierwright.expressions.tokens import expression_of
from tierwright.expressions.tree import Tree, when
from tierwright.kit.data_service import as_lines

TAG_OF_3 = r"^3([.-]|$)"
"""An image that says itself that it is RabbitMQ 3. What others are, the start asks where it has to know."""


def refusal(rabbitmq: Rabbitmq, *, home: str) -> Tree:
    """Lines of a shell script that end a start of RabbitMQ 4 on data of RabbitMQ 3, which is below the folder `home`."""
    return when(_is_looked_for(rabbitmq), as_lines(_refusal(rabbitmq, home=home)))


def _is_looked_for(rabbitmq: Rabbitmq) -> Condition:
    values = rabbitmq.values
    return all_of(opposite(values.upgrade_in_place), opposite(Matches(expression_of(values.image.tag), TAG_OF_3)))


def _refusal(rabbitmq: Rabbitmq, *, home: str) -> str:
    # A node that was killed while it joined a cluster may have a schema and no flags yet: it is new.
    return f"""\
data={home}/mnesia/$RABBITMQ_NODENAME
if [ -e "$data/schema.DAT" ] && [ ! -e {new_mark(home)} ] && ! grep -qs 'rabbitmq_[4-9]' "$data-feature_flags"; then
  version=$(rabbitmqctl version)
  case "$version" in
    3.*) ;;
    *)
      echo "refused: this is RabbitMQ $version, and the data is of RabbitMQ 3; there is no way back from 4" >&2
      echo "go on with an image of 3, and start a new broker beside it: docs/rabbitmq.md, From 3 to 4" >&2
      echo "to upgrade this one, which nobody has tested, set {rabbitmq.path}.upgradeInPlace until its feature flags are on" >&2
      exit 1
      ;;
  esac
fi
"""
