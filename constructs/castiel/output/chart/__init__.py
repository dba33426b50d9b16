"""The Helm chart, written from the same declarations as the manifests."""

from castiel.output.chart.chart import chart_files

__all__ = ["chart_files"]
