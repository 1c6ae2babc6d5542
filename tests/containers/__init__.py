"""Tests that need a container engine with our images: `make images`, then `pytest tests/containers`."""
