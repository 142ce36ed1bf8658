"""The load balancer in front of Kubeflow, acting by what Route 53 and ELBv2 of the sandbox's AWS say at each request.

names -> listener -> actions (authenticate-cognito, redirect, fixed-response, forward)
"""
