"""Many unlabelled inputs for a finished model, from files of unknown origin."""
