"""The Helm chart, written from the same declarations as the manifests."""

from castiel.output.chart.chart import chart_files, write_chart

__all__ = ["chart_files", "write_chart"]
