"""The columnar backend: a rule book compiled to column expressions, for many plans and participants at once."""
