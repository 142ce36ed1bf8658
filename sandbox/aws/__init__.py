"""AWS as the deployment sees it: moto in process, plus what moto lacks and the refusals it does not know."""

from sandbox.aws.cloud import Cloud

__all__ = ["Cloud"]
