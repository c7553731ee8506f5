"""The estimate of what a first model would get, on the Data page."""
