"""A real Kubernetes node for tests: control plane, kubelet and containers, from package registries alone.

``Node`` is the way in: a context manager that brings the node up in a network namespace of its own and leaves nothing
behind. ``missing()`` says what a machine lacks for it.
"""
