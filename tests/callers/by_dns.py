"""Asks for a name that is not of its network: the question itself tells somebody something. The name can exist nowhere (RFC 6761)."""

import socket

try:
    socket.getaddrinfo("canary.invalid", 80)
    print("reached", flush=True)
except OSError as error:
    print(f"not reached: {error}", flush=True)
