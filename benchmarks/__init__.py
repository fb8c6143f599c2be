"""Benchmarks: every speed, memory or accuracy claim of geoquant comes out of here (``python -m benchmarks.run``)."""
