"""A model's answers: the processes that give them, the verdict on each, two models side by side."""
