"""Commands about data sets: look at data, import them, bring a sample or a public set."""
