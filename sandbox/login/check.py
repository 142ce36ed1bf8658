"""Is the access in the cluster what the directory says?  Pure: the table in, sentences about differences out."""

from __future__ import annotations

from sandbox.login.access import Access
from sandbox.login.directory import Directory


def differences(directory: Directory, access: Access) -> list[str]:
    """One sentence for each cell that is not as it should be; none when every user has exactly his namespaces."""
    found = []
    for user in directory.active:
        wanted = directory.namespaces_of(user)
        allowed = access.table.get(user.mail, {})
        found += [
            f"{user.name} should edit {namespace} and may not"
            + (f" (only {allowed[namespace]})" if namespace in allowed else "")
            for namespace in sorted(wanted)
            if allowed.get(namespace) != "edit"
        ]
        found += [
            f"{user.name} may {level} in {namespace}, which none of his groups opens"
            for namespace, level in sorted(allowed.items())
            if namespace not in wanted
        ]
    names = {user.mail: user.name for user in directory.users}
    found += [
        f"for {names.get(user, user)} in {namespace} RBAC and the mesh (AuthorizationPolicy) say different things"
        for user, namespace in access.closed
    ]
    return found
