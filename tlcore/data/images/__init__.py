"""One picture: decode it, in a sandbox, and measure it."""
