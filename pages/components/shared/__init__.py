"""Parts that several pages use; how they write and page through lists."""
