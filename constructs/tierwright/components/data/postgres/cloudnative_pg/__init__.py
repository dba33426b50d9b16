"""`topology: cloudnative-pg`: the operator CloudNativePG runs the members; the platform tells it what they are like."""
