"""Rounds: what officers walked, checked in at and looked at without finding anything."""
