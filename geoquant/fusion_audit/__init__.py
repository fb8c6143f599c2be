"""How much of a network each engine really runs in INT8."""
