"""The Helm chart, written from the same declarations as the manifests."""

from tierwright.outputs.helm.chart import chart_files

__all__ = ["chart_files"]
