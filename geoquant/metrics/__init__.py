"""Figures of agreement, their intervals, and the accuracy gate."""
