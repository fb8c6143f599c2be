"""Architectures, training and export: the only package that imports torch (``pip install geoquant[torch]``)."""
