"""Measures what the house promises: bytes of its pages, and work done in a second."""
