"""A text whose pieces are coloured, in the browser."""
