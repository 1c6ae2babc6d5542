"""Calls out over a connection of its own, whatever the environment says."""

import os
import socket

host, _, port = os.environ["CANARY"].rpartition(":")
try:
    socket.create_connection((host, int(port)), 10).close()
    print("reached", flush=True)
except OSError as error:
    print(f"not reached: {error}", flush=True)
