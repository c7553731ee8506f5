"""Parts about runs that several pages use."""
