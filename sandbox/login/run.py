"""The logins: everybody once, then one user in another group, each time asking the cluster what it allows."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from sandbox.kubernetes.client import KubernetesClient
from sandbox.login import directory as directories
from sandbox.login.access import Access, read_access
from sandbox.login.accounts import Accounts
from sandbox.login.check import differences
from sandbox.login.claim_rules import RuleError
from sandbox.login.claims import Claims, claims_by_rules, claims_of
from sandbox.login.cluster import cluster_client
from sandbox.login.cognito.sign_in import arrive
from sandbox.login.directory import Directory, User
from sandbox.login.event import SignInRefused, UserPool, token_event
from sandbox.login.relying_party import read_relying_party
from sandbox.login.screen import LoginLine, access_lines
from sandbox.login.trigger import LAMBDA_CONFIG, as_cognito, call_trigger
from sandbox.login.user_pool import read_user_pool
from sandbox.state import State, write_json

SETTLING_SECONDS = 20
MOVED, MODEL = "bob", "alice"
"""The user who changes groups, and the one whose groups he changes between."""

Tell = Callable[[str], None]


class LoginFailed(Exception):
    """A login was refused, or the cluster does not allow what the directory says; the message tells which."""


class Room:
    """The deployed platform as the logins use it."""

    def __init__(self, state: State, session: Any, region: str, pool: str | None, cluster: str | None) -> None:
        self.state = state
        self.pool: UserPool = read_user_pool(session.client("cognito-idp"), region, pool)
        self.functions = as_cognito(session.client("lambda", config=LAMBDA_CONFIG), self.pool)
        self.cluster_name, self.cluster = cluster_client(session, session.client("eks"), cluster)
        self.accounts = Accounts(state.users)
        self.trust = read_relying_party(state.relying_party)

    def asserted(self, directory: Directory, user: User) -> Claims:
        """What ADFS asserts; SignInRefused when it does not trust this pool, or asserts nobody."""
        trust = self.trust
        if trust is None:
            return claims_of(directory, user)
        if trust.identifier != f"urn:amazon:cognito:sp:{self.pool.id}":
            raise SignInRefused(f"ADFS trusts {trust.identifier}, not {self.pool.id}: run site.yml --tags cognito_adfs")
        return claims_by_rules(directory, user, trust.rules)

    def log_in(self, directory: Directory, user: User) -> float:
        """Seconds from the assertion to the trigger's answer; LoginFailed with the reason a browser would be given."""
        begun = time.monotonic()
        try:
            claims = self.asserted(directory, user)
            account = arrive(self.accounts, self.pool, claims)
            call_trigger(self.functions, self.pool, token_event(self.pool, account))
        except (SignInRefused, RuleError) as refusal:
            raise LoginFailed(f"{user.name} cannot log in: {refusal}") from refusal
        return time.monotonic() - begun


def log_everybody_in(room: Room, tell: Tell) -> tuple[Directory, Access]:
    """The directory and the access after all logins; LoginFailed when the two disagree."""
    directory = directories.load(room.state.directory)
    access = _all_in(room, directory, directory.active, tell)
    moved = move(directory)
    if moved is not None:
        directory, sentence = moved
        tell(sentence)
        directories.save(directory, room.state.directory)
        before = access
        access = _all_in(room, directory, [directory.user(MOVED)], tell)
        tell(change(before, access, directory.user(MOVED)))
    return directory, access


def move(directory: Directory) -> tuple[Directory, str] | None:
    """The directory after bob's move and a sentence about it; None when the sample users are not in it any more.

    He goes to the first of alice's groups that he is not in, so a second run moves him back.
    """
    try:
        moved, model = directory.user(MOVED), directory.user(MODEL)
    except directories.DirectoryError:
        return None
    own = directory.platform_groups(moved)
    targets = [group for group in directory.platform_groups(model) if group not in own]
    if not own or not targets:
        return None
    after = directories.with_group_exchanged(directory, MOVED, own[0], targets[0])
    return after, f"{MOVED} is moved from {own[0]} to {targets[0]} and logs in again."


def change(before: Access, after: Access, user: User) -> str:
    had, has = (set(access.table.get(user.mail, {})) for access in (before, after))
    lost, gained = (", ".join(sorted(names)) or "nothing" for names in (had - has, has - had))
    return f"{user.name} has lost {lost} and gained {gained}."


def _all_in(room: Room, directory: Directory, users: list[User] | tuple[User, ...], tell: Tell) -> Access:
    seconds = {user.name: room.log_in(directory, user) for user in users}
    access = wait_for_access(room.cluster, directory)
    write_json(room.state.access, {**access.table, "personal": access.personal})
    for user in users:
        edits = tuple(sorted(name for name, level in access.table[user.mail].items() if level == "edit"))
        tell(str(LoginLine(user.name, directory.platform_groups(user), seconds[user.name], edits)))
    wrong = differences(directory, access)
    if wrong:
        names = {user.mail: user.name for user in directory.users}
        tell("\n".join(["", *access_lines(access, names), ""]))
        raise LoginFailed("the cluster does not allow what the directory says: " + "; ".join(wrong))
    return access


def wait_for_access(cluster: KubernetesClient, directory: Directory) -> Access:
    """The access as soon as it is what the directory says, or as it is after some seconds.

    A new group namespace takes its time: the profile controller makes it after the login.
    """
    mails = [user.mail for user in directory.active]
    until = time.monotonic() + SETTLING_SECONDS
    while True:
        access = read_access(cluster, mails)
        if not differences(directory, access) or time.monotonic() > until:
            return access
        time.sleep(0.3)
