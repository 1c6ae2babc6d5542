"""The sweep: one scenario played again for each hop of its clean run and each thing that can go wrong there, always with fresh people.

scenario   the scenario by name, as a function with what it claims
spots      the hops worth a fault, and how each is found again in another run
trial      a world whose people do not give up, and whoever starts the bridge again
runner     the clean run, then cell by cell; one network for all of them, or a few side by side
table      hop by fault, on the terminal and as JSON
"""
