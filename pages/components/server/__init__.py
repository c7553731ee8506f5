"""The web server around the pages: who may come in, security, memory and unexpected errors."""
