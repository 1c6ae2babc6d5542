"""Calls out over a WebSocket, with the proxy that the environment names."""

import os

from websockets.sync.client import connect

try:
    with connect(f"ws://{os.environ['CANARY']}/feed", open_timeout=10):
        print("reached", flush=True)
except Exception as error:
    print(f"not reached: {error}", flush=True)
