"""Backup of RabbitMQ: its definitions. Of messages there is none."""
