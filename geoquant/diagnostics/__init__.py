"""Diagnostics: what a model is (inspect), and what may be wrong with it (doctor)."""
