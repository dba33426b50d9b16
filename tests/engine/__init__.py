"""A real Docker engine for tests, with Docker Compose and Swarm, from package registries alone.

``Engine`` is the way in: a context manager that brings the engine up in a network namespace of its own and leaves nothing
behind. What it runs are the images that stand in on the Kubernetes node too (``tests/cluster/images``).
"""
