"""Logins without a browser: what ADFS asserts, what Cognito makes of it, and what the cluster then allows.

directory -> claims -> event (by the created pool) -> trigger (through Lambda) -> access (of the cluster) -> screen
"""
