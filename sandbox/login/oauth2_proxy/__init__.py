"""A stand-in for oauth2-proxy, as the gateway's external authorizer: it acts by the deployed ConfigMap and Secret.

What it answers is what oauth2-proxy v7 answers with the provider `oidc`; an option it does not know is refused by name.
"""
