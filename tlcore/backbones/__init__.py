"""Pretrained networks: the catalogue as plain data, how weights arrive, one loader per source.

`catalogue` and `weights` are light. `loader` and the modules it calls import Keras: only child processes do.
"""
