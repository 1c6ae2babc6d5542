"""Services in containers: one each, on two networks of the engine per network of ours.

backend, opening    the `Backend`; an engine that answers and images that are there
holding, plans      what one network has in the engine; what each container of it is made with
layout, marks       which numbers and addresses; the labels by which a run's things are recognised: pure
api, refusals       what is asked of the engine; what its refusals mean for a run
container, frames   one container's life; its output as the engine sends it
units, database, clock   the services as what can be asked of them
egress, canary      what leaves, or tries to
records, leftovers  what a run was about to make; what dead runs left
"""
