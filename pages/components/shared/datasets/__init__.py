"""Parts about data sets that several pages use."""
