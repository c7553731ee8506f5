"""The differences between tasks on the pages."""
