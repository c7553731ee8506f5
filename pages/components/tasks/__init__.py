"""What differs by task on the pages."""
