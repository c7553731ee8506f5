"""The screens: one file per page, each reads the workspace and asks tlcore to act."""
