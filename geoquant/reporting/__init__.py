"""HTML pages, charts and pictures; knows nothing of what is reported."""
