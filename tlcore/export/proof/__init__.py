"""The proof of an exported file: it answers as the model does, in its own runtime and a fresh process."""
