"""`topology: replicated`: several members, of which Patroni makes one the primary. Kubernetes is its store."""
