"""A run as a process: how it begins, what it starts, how it ends."""
