"""The code of a run: a script and a notebook in plain Keras that rebuild it without our package."""
