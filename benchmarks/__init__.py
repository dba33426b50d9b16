"""Measurements of whole processes; run by hand, never as timed tests."""
