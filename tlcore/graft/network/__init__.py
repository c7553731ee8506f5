"""The network: built, cut, named by its content, saved."""
