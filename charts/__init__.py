"""Castiel's charts, as cdk8s knows them: one for each file of dist/. What is in each is said in `tierwright.components.layout`."""

from tierwright.outputs.cdk8s_app import app_of

__all__ = ["app_of"]
