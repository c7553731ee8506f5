"""The feature cache: outputs of the frozen part, stored by content."""
