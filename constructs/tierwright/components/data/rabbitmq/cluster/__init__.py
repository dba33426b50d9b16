"""`topology: cluster`: several nodes, whose quorum queues outlive the loss of a minority."""
