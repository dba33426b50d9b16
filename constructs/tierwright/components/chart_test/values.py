"""Values of the pod of `helm test`."""

from tierwright.model.composed import Entry
from tierwright.model.workload_values import Placement


class ChartTestValues(Entry, frozen=True):
    """The pod of `helm test`, which calls the public services. It runs on the gates' image, with their resources.

    Like them it runs as the user of services: the one of `defaults.security`.
    """

    placement: Placement
