"""YAML files as checked data that knows its lines; nothing here knows a platform."""
