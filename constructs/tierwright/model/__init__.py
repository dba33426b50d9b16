"""The model: typed catalogue and values, the graph, and the checks. Plain Python, without cdk8s."""
