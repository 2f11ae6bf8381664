"""The small rule book in other engines: for each the same decisions, in its own words, checked before they are timed."""
