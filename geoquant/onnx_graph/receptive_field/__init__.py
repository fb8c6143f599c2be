"""What part of its input an output pixel reads."""
