"""The workshop: the only room that imports torch (``pip install geoquant[torch]``)."""
