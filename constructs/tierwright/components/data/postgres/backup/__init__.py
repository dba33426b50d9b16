"""Backup of PostgreSQL: its WAL as it is written and base backups on a volume of their own, a test that restores them, a restore.

Nothing here is more than what the official image has. Where the values switch backups off, no object says a word of them.
"""
