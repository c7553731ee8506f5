"""The values of a run that its code has written into it, and the constants that name them."""
