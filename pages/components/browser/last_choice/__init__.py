"""What a browser had in hand last, so that a new tab begins with it."""
