"""Readers of satellite products."""
