"""The commands of `python -m tlcore`, one module each. Heavy imports happen inside the commands."""
