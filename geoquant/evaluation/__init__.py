"""An INT8 model against its float model."""
