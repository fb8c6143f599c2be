"""Whether a scene is like those that calibrated the model."""
