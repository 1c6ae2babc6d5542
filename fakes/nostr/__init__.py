"""Nostr codecs: events and their ids, keys and signatures, npub and nsec, filters. No relay, no socket."""
