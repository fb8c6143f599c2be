"""Options of every job: frozen dataclasses, one source for the command line, QGIS and the docs."""
