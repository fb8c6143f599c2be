"""Which tiles calibrate a model, and which judge it."""
