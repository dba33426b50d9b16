"""Node is to start as the program starts it, also where a test imports something first that would start it otherwise."""

from castiel.node import prepare

prepare()
