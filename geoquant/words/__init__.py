"""Words: errors, options, progress and the model card. Standard library only."""
