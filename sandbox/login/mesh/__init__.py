"""What Istio does to a request on its way through the ingress gateway, by the objects of the cluster.

gateway -> policies (CUSTOM) -> tokens (RequestAuthentication) -> policies (DENY, ALLOW) -> routes -> policies of the
workload behind.  Everything but gateway.py is pure.  A field that is not understood is refused by its name: a policy
that is half read is worse than none.
"""
