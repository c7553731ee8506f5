"""Examples as numbers, one module for each task."""
