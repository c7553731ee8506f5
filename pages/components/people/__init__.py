"""The Class page: the results of a class, and what its teacher can put back."""
