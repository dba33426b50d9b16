"""`topology: operator`: RabbitMQ's Cluster Operator runs the nodes; the platform tells it what they are like."""
