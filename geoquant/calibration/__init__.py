"""What a float network holds inside, on the chosen tiles."""
