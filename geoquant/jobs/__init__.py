"""Jobs: what a user asks for, composed from doors and numbers; each readable on a screen."""
