"""The Helm chart, written from the same declarations as the manifests."""

from castiel.output.chart.chart import write_chart

__all__ = ["write_chart"]
