"""The receptive field: the part of its input that an output pixel reads."""
