"""What writes the outputs."""
