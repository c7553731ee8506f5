"""A brush over a picture, in the browser."""
