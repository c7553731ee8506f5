"""The gallery of pictures, in the browser."""
