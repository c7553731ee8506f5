"""Models from elsewhere: a `.keras` classifier of pictures, looked at, tried, and only then made a run."""
