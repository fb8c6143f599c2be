"""The demo and its synthetic scene."""
