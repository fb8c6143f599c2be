"""What a model is, and what may be wrong with it."""
