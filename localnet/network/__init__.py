"""Networks: started from service files, each service when what it needs is ready, ended without leftovers.

Not here: how a service is run (localnet.backends), what passes between services (localnet.wire).
"""

from localnet.network.attached import Attached, attach, runs, start_detached
from localnet.network.network import Network
from localnet.network.progress import Progress, ProgressEvent
from localnet.network.record import Adapter, Service
from localnet.network.spec import NetworkSpec
from localnet.network.start import open_backend, start_network
from localnet.network.sweep import sweep

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
