"""Backup of Redis: snapshots of what the servers have, and their restore."""
