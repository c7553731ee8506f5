"""Heads that are solved instead of trained step by step: softmax regressions on standardised features."""
