"""From the relay's stream to rows of `publish_jobs`: what is due to be published, once each, none missed.

relay holds the connection, history pages through the past, intake decides and stores, follow joins them.
"""

from bridge.ingest.follow import run

__all__ = ["run"]
