"""The web server around the pages: security, memory, errors nobody expected."""
