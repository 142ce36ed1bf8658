"""The pages and endpoints of a user pool's login domain, for federated users.

site -> authorize -> (identity provider) -> federation -> tokens, by what the pool and its parts are at each request.
"""
