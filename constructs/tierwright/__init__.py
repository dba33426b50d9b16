"""The construct library: one Kubernetes idea a module, over the model of a platform."""
