"""Cards in the formats of other tools."""
