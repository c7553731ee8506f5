"""After training: temperature, cross-fitting, the analysis of the examples."""
