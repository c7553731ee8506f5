"""The code of runs that tell classes apart, of pictures and of texts, in five steps."""
