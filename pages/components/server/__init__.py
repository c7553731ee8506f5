"""The web server around the pages: security, memory and unexpected errors."""
