"""What can go wrong in the profile manager.

    ProfileManagerError
    ├── SettingsError        the function was deployed with a missing or wrong value, which the message names
    ├── NotAUser             the event cannot be turned into an identity that the cluster may be told of
    ├── LoginDenied          the one error that Cognito shows to the user; its text is written for him
    ├── OutOfTime            the deadline passed before the work was done
    ├── AwsError             a call to an AWS service failed
    └── ClusterError         the Kubernetes API did not do what it was asked
        ├── Unavailable      no answer, or only "later", until the deadline
        ├── Refused          a definite no: 401, 403, 422 and the like
        └── Conflict         the object changed between reading and writing

Only LoginDenied may carry text from outside; the others name a resource and a status, never a person.
"""

from __future__ import annotations


class ProfileManagerError(Exception):
    """The base of all errors of this package."""


class SettingsError(ProfileManagerError):
    """A setting is missing or wrong."""


class NotAUser(ProfileManagerError):
    """The event holds no usable identity."""


class LoginDenied(ProfileManagerError):
    """The login ends here, with a message that the user may read."""


class OutOfTime(ProfileManagerError):
    """The deadline passed."""


class AwsError(ProfileManagerError):
    """An AWS service refused a call or did not answer; `code` is the service's own word, or the HTTP status."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class ClusterError(ProfileManagerError):
    """The Kubernetes API did not do what it was asked; `status` is 0 when there was no answer at all."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class Unavailable(ClusterError):
    """The cluster gave no usable answer until the deadline."""


class Refused(ClusterError):
    """The cluster said no, and would say so again."""


class Conflict(ClusterError):
    """The object is no longer what it was when it was read."""
