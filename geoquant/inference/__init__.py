"""Classification of a scene of any size: tiles, memory, shards."""
