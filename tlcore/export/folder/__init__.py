"""The folder that runs elsewhere: a model, a short script that asks it, and what the two need."""
