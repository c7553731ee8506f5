"""The pages: one file for each; a page reads the workspace and starts jobs through tlcore."""
