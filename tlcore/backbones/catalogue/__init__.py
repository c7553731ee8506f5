"""The catalogue of backbones as plain data."""
