"""The examples of a data set: one of them, many in columns, and their texts."""
