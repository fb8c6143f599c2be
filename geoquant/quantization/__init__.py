"""Quantization: from a float network to an INT8 network that was proved."""
