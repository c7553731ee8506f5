"""Uploads: prepared in the browser, streamed to disk by a route of the server."""
