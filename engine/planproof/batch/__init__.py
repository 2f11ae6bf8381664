"""Many plans and participants at once: tables and folders in, a table of answers out, in parts that survive a kill."""
