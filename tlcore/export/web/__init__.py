"""The page to take home: what it is made of, and how it is put together."""
