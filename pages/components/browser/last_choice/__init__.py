"""The last choice of a browser, with which a new tab begins."""
