"""`python -m bridge.alive`: exit code 0 when the bridge of this machine says that it is ready. What a container's health check runs.

It asks the address that HEALTH_BIND_ADDR names, never through a proxy.
"""

import http.client
import os
import sys

PATIENCE = 4.0


def main() -> int:
    port = int(os.environ.get("HEALTH_BIND_ADDR", "0.0.0.0:8080").rpartition(":")[2])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", "/health/ready")
        answer = connection.getresponse()
        print(answer.read().decode(errors="replace"))
    except OSError as error:
        print(f"no answer on port {port}: {error}")
        return 1
    finally:
        connection.close()
    return 0 if answer.status == http.HTTPStatus.OK else 1


if __name__ == "__main__":
    sys.exit(main())
