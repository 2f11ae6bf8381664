"""planproof: a rules engine that says what a plan allows, and proves it."""
