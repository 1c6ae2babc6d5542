"""Nostr as the bridge reads it: events, relay messages, and who may withdraw what. Pure.

Written independently of the fakes' codec: a mistake in one shows against the other.
"""
