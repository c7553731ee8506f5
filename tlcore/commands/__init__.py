"""What `python -m tlcore` can do, one module per kind of action. Heavy imports happen inside the commands."""
