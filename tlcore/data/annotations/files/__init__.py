"""Files that annotations come in: where they lie, how they are parsed, and lists of classes."""
