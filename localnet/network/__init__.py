"""Networks: started from service files, each service when what it needs is ready, ended without leftovers.

Not here: how a service is run (localnet.backends), what passes between services (localnet.wire).
"""

from localnet.network.network import (
    Attached,
    Network,
    attach,
    open_backend,
    runs,
    start_detached,
    start_network,
    sweep,
)
from localnet.network.progress import Progress, ProgressEvent
from localnet.network.record import Adapter, Service
from localnet.network.spec import NetworkSpec

__all__ = [
    "Adapter",
    "Attached",
    "Network",
    "NetworkSpec",
    "Progress",
    "ProgressEvent",
    "Service",
    "attach",
    "open_backend",
    "runs",
    "start_detached",
    "start_network",
    "sweep",
]
