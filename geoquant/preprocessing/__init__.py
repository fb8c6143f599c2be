"""From stored numbers to the numbers that a network takes."""
