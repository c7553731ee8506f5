"""Graft's engine: everything that is not a screen.

Importing this package is light: no TensorFlow, no Streamlit. Model work lives in `graft`, `export` and the
backbone loaders, which only the commands of `python -m tlcore` import, in child processes.
"""

__version__ = "0.1.0"
