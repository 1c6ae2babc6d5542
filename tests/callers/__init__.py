"""Bridges that only call out, one way each: what a network must notice. Where to, `CANARY` says: `host:port` of a listener of ours."""
