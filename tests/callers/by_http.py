"""Calls out as most programs do: over HTTP, with the proxy that the environment names."""

import os
import urllib.error
import urllib.request

try:
    urllib.request.urlopen(f"http://{os.environ['CANARY']}/news", timeout=10)
    print("reached", flush=True)
except (urllib.error.URLError, OSError) as error:
    print(f"not reached: {error}", flush=True)
