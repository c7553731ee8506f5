"""The commands by which a model leaves Graft: as a file, or over HTTP."""
