"""Cognito user pools: updates that reset what is not sent, providers that are read, domains that take their time."""
