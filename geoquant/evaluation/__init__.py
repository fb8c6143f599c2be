"""Evaluation of an INT8 model against its float model."""
