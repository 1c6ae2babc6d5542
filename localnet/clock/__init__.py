"""A network's time: what its clock shows, and how processes are made to see it. Who moves it: localnet.network.clock."""
