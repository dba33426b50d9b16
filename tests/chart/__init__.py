"""The Helm chart: the law that it gives what the manifests are, and how it is as a chart."""
