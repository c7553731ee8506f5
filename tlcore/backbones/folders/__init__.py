"""Folders of models from elsewhere: their files, held against each other before memory is taken. No Keras."""
