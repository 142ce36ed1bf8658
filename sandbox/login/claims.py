"""What ADFS asserts about a user: claim type -> values.

By the rules of the script that the deployment wrote, where there is one; else by the same rules as they are meant:
NameID is the Windows account name; of the groups only those with the prefix are issued, and one more value that is
always there, because Cognito keeps the old list of a user for whom no group claim arrives at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sandbox.login.claim_rules import Rule, carry_out
from sandbox.login.directory import Directory, User

NAME_ID = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier"
MAIL = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"
VERIFIED = "https://aws.amazon.com/SAML/Attributes/validation"
GROUPS = "https://aws.amazon.com/SAML/Attributes/Role"

Claims = dict[str, tuple[str, ...]]


def claims_by_rules(directory: Directory, user: User, rules: Iterable[Rule]) -> Claims:
    """The assertion that these rules make of the user's account in Active Directory."""
    issued = carry_out(
        rules, account_name(directory, user), lambda attribute: attribute_values(directory, user, attribute)
    )
    claims: dict[str, list[str]] = {}
    for claim in issued:
        claims.setdefault(claim.type, []).append(claim.value)
    return {name: tuple(values) for name, values in claims.items()}


def attribute_values(directory: Directory, user: User, attribute: str) -> tuple[str, ...]:
    """An attribute of the account as ADFS queries it; one that the account does not have is empty."""
    values = {
        "mail": (user.mail,),
        "sAMAccountName": (user.name,),
        "userPrincipalName": (user.mail,),
        "tokenGroups": user.groups,
        "tokenGroups(domainQualifiedName)": tuple(rf"{directory.domain}\{group}" for group in user.groups),
    }
    return tuple(value for value in values.get(attribute, ()) if value)


def account_name(directory: Directory, user: User) -> str:
    return rf"{directory.domain}\{user.name}"


def claims_of(directory: Directory, user: User) -> Claims:
    """The assertion about one user; the prefix is compared without regard to case, as the rule's expression does."""
    prefix = re.compile(re.escape(directory.group_prefix), re.IGNORECASE)
    groups = tuple(group for group in user.groups if prefix.match(group))
    sentinel = (directory.no_group,) if directory.no_group else ()
    claims = {
        NAME_ID: (account_name(directory, user),),
        MAIL: (user.mail,),
        VERIFIED: ("true",),
        GROUPS: groups + sentinel,
    }
    return {name: values for name, values in claims.items() if values and values != ("",)}
