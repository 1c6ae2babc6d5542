"""Images for services that run in containers: which one a service needs, whether it is there, and how it is made.

Ours are `localnet/network` (the wire and the fakes), `localnet/bridge` (the bundled bridge) and `localnet/postgres`; their tags are hashes of
what they are made of. `python -m localnet.backends.images` makes all of them.
"""
