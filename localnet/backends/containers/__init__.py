"""Services in containers: one each, on two networks of the engine per network of ours.

backend     the `Backend`: what is created when, and removed
layout      which names, numbers and addresses: pure
marks       the labels by which a run's things are recognised
engine_calls   what is asked of the engine, and its refusals as errors of ours
container   one container's life; frames: its output as the engine sends it
units       the services as what can be asked of them
egress      what leaves, or tries to
leftovers   what dead runs left in the engine
"""
