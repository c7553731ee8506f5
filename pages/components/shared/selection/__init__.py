"""What a person selects: boxes, labels, keys, addresses; always carried by id."""
