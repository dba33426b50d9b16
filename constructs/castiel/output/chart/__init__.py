"""The Helm chart, written from the same declarations as the manifests."""
