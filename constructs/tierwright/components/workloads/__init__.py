"""The kinds of workload that run a service: its pods, and one module for each kind, which contains the template of the pods."""
