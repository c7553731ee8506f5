"""Drawing boxes and areas on the pictures of a data set."""
