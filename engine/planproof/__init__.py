"""planproof: a rules engine that says what a plan allows, and proves it."""

__version__ = "0.1.0"
