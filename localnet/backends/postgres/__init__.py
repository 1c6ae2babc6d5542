"""An embedded PostgreSQL: found, initialised once and kept, copied and started for each process that needs one.

Not here: what a bridge does with its database. Each network gets an empty one (or one filled from a dump).
"""
