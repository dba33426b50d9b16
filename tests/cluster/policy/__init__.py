"""NetworkPolicy enforced for real: nftables in the node's namespace, programmed from what the API serves."""
