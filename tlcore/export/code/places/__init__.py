"""The code of runs that say where things are in a picture, in five steps."""
