"""Refusals that AWS knows and moto does not: one file per group, the source in its docstring. Always on."""
