"""The model card: what a run has recorded of its model, for readers elsewhere, and its layout for the Hub."""
