"""The estimate of what a first model would get, from frozen features, before anything is trained."""
