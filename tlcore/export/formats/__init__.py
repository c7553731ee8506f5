"""The formats of an exported model, and what a program has to know of its file."""
