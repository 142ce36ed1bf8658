"""The rules of the function that every login calls."""

from __future__ import annotations

from tests.mutation.mutant import Mutant

FUNCTION = (
    # Reading the event
    Mutant(
        "a refresh does nothing",
        "event.py",
        'LOGINS = ("TokenGeneration_HostedAuth",',
        'LOGINS = ("TokenGeneration_RefreshTokens",',
    ),
    Mutant("items of a list are form-decoded", "event.py", "[unquote_plus(item.strip()) for", "[item.strip() for"),
    Mutant("a single value is not decoded", "event.py", "    return [text]\n", "    return [unquote_plus(text)]\n"),
    Mutant("the sentinel is no group", "event.py", "if group and group.casefold() not in nothing:", "if group:"),
    Mutant(
        "a group counts once, whatever its case",
        "event.py",
        "seen.setdefault(group.casefold(), group)",
        "seen.setdefault(group, group)",
    ),
    Mutant(
        "an address with a wildcard is nobody", "event.py", 'if "*" in email or "@" not in email', 'if "@" not in email'
    ),
    Mutant("lower-casing refuses letters that become others", "event.py", "if not email.isascii():", "if False:"),
    Mutant(
        "a user without verified address is denied when asked",
        "event.py",
        "if settings.require_verified_email and",
        "if False and",
    ),
    Mutant(
        "the prefix decides which groups count",
        "access.py",
        "if not group.casefold().startswith(prefix.casefold()):",
        "if False:",
    ),
    Mutant(
        "of several groups of one namespace the strongest role wins",
        "access.py",
        "if present is None or stronger(",
        "if present is None or not stronger(",
    ),
    Mutant(
        "a pattern must match the whole group",
        "mapping.py",
        "self.pattern.fullmatch(group)",
        "self.pattern.search(group)",
    ),
    # Where nobody may get in
    Mutant(
        "reserved namespaces stay closed",
        "access.py",
        "if is_reserved(grant.namespace, settings.reserved_namespaces) or",
        "if False or",
    ),
    Mutant(
        "the namespace of receipts stays closed", "access.py", " or grant.namespace == settings.receipt_namespace:", ":"
    ),
    Mutant("kube-* is reserved", "names.py", '    "kube-*",\n', ""),
    Mutant(
        "an installation's own reserved names count",
        "names.py",
        "(*RESERVED_NAMESPACES, *further)",
        "RESERVED_NAMESPACES",
    ),
    Mutant(
        "no group's namespace looks like a user's own",
        "access.py",
        "if grant.namespace.startswith(settings.personal_prefix):",
        "if False:",
    ),
    Mutant(
        "a namespace of the mapping table is not reached by its bare name",
        "access.py",
        "if not grant.mapped and grant.namespace in",
        "if False and grant.namespace in",
    ),
    Mutant(
        "a namespace without a Profile of ours is not entered",
        "namespaces.py",
        "if not adopted and not is_ours(profile):",
        "if False:",
    ),
    Mutant(
        "a Profile of another owner is not entered",
        "namespaces.py",
        "if not adopted and owner_of(profile) != settings.profile_owner:",
        "if False:",
    ),
    Mutant(
        "a user's own Profile is never a group's",
        "namespaces.py",
        'if USER_LABEL in (metadata(profile).get("labels") or {}):',
        "if False:",
    ),
    Mutant(
        "no Profile is made for a stranger's namespace",
        "namespaces.py",
        "if namespace is not None and annotations(namespace).get(OWNER_ANNOTATION) != settings.profile_owner:",
        "if False:",
    ),
    Mutant(
        "a namespace must belong to its Profile's owner",
        "namespaces.py",
        "if annotations(namespace).get(OWNER_ANNOTATION) != owner_of(profile):",
        "if False:",
    ),
    Mutant(
        "two groups whose names read the same are told apart",
        "namespaces.py",
        "if made_for.casefold() != grant.group.casefold():",
        "if False:",
    ),
    Mutant("the own Profile is never somebody else's", "carrier.py", "elif owner_of(found) == email:", "elif True:"),
    # Whose objects are touched
    Mutant(
        "only what carries our label is listed",
        "objects.py",
        'return f"{OURS},{USER_LABEL}={user_label(email)}"',
        'return f"{USER_LABEL}={user_label(email)}"',
    ),
    Mutant("only what carries our label is deleted", "plan.py", "return is_ours(found) and labels", "return labels"),
    Mutant(
        "a label's hash is not the person",
        "plan.py",
        "same_person = annotations(found).get(USER_ANNOTATION) == email",
        "same_person = True",
    ),
    Mutant(
        "a taken name of KFAM's is detected, not accepted",
        "converge.py",
        "    if gives_the_same(wanted, found):\n",
        "    if True:\n",
    ),
    Mutant("what was replaced since it was listed stays", "cluster.py", 'body if where.get("uid") else None', "None"),
    Mutant(
        "drift of a binding is repaired",
        "plan.py",
        "if key in present and same(wanted, present[key].object):",
        "if key in present:",
    ),
    Mutant(
        "what a group no longer gives is revoked",
        "plan.py",
        "revoke = tuple(item for key, item in sorted(present.items()) if key not in kept)",
        "revoke = ()",
    ),
    # Order, overlap, time
    Mutant(
        "revocations come before grants",
        "converge.py",
        "    changes += _revoke(tools, plan.revoke)\n    granted = _grant(tools, plan.grant, wish.wait)\n",
        "    granted = _grant(tools, plan.grant, wish.wait)\n    changes += _revoke(tools, plan.revoke)\n",
    ),
    Mutant(
        "a run claims before it changes anything",
        "converge.py",
        "        carrier = carrier.write(tools.cluster, tools.deadline, mark)\n",
        "        pass\n",
    ),
    Mutant(
        "a loser takes back what the winner does not want",
        "converge.py",
        "        _yield(tools, email, carrier, writers)\n",
        "",
    ),
    Mutant("only a finished receipt is believed", "receipt.py", 'receipt.state != "done" or ', ""),
    Mutant("a receipt is for exactly the wanted access", "receipt.py", " or receipt.digest != digest:", ":"),
    Mutant(
        "a receipt is not believed for ever",
        "receipt.py",
        "return -CLOCK_SKEW <= now - receipt.login < hours * HOUR",
        "return True",
    ),
    Mutant(
        "no run is done while another wish may be on its way",
        "receipt.py",
        "return receipt if now < receipt.fence else",
        "return",
    ),
    Mutant(
        "an incomplete run leaves its receipt open",
        "converge.py",
        "mark if incomplete else finished(mark, tools.now())",
        "finished(mark, tools.now())",
    ),
    Mutant(
        "a hand-over does nothing after a newer login",
        "converge.py",
        'return receipt.state != "open" or receipt.run not in (wish.after_run, tools.run)',
        "return False",
    ),
    Mutant(
        "a write of a receipt is conditional",
        "carrier.py",
        "if carrier.found is None or carrier._text() != self._text():",
        "if carrier.found is None:",
    ),
    Mutant(
        "only a user who never had a receipt is judged by an old answer",
        "converge.py",
        "is_new = carrier is not None and carrier.found is None",
        "is_new = True",
    ),
    Mutant(
        "what does not come in time is handed over",
        "login.py",
        "if outcome.waiting and outcome.has_receipt:",
        "if False:",
    ),
    # When the cluster does not answer
    Mutant(
        "a login is denied by default",
        "settings.py",
        'on_error: str = field(default="deny"',
        'on_error: str = field(default="allow"',
    ),
    Mutant(
        "the deadline is within the invocation's",
        "deadline.py",
        "seconds = min(most, left() / 1000 - MARGIN) if left else most",
        "seconds = most",
    ),
    Mutant(
        "a token that was refused is signed anew",
        "cluster.py",
        "                    self._token.forget()\n",
        "                    pass\n",
    ),
    Mutant(
        "a token does not live longer than the cluster believes it",
        "token.py",
        "timedelta(minutes=14)",
        "timedelta(hours=14)",
    ),
    Mutant("429 and 5xx are tried again", "cluster.py", "LATER = (429, 500, 502, 503, 504)", "LATER = ()"),
    Mutant(
        "only the cluster's own authority is trusted",
        "cluster.py",
        "self._tls.load_verify_locations(cadata=ca_pem)",
        "self._tls.check_hostname = False; self._tls.verify_mode = ssl.CERT_NONE",
    ),
    Mutant(
        "the log tells no address",
        "login.py",
        "return str(cause) if isinstance(cause, ProfileManagerError) else type(cause).__name__",
        "return str(cause)",
    ),
    # The scheduled run
    Mutant("an empty pool removes nobody", "scheduled.py", "    if not users:\n", "    if False:\n"),
    Mutant("a disabled user keeps nothing", "scheduled.py", "            if user.enabled:\n", "            if True:\n"),
    Mutant("access ends after accessTtlDays", "scheduled.py", "if settings.access_ttl_days and", "if False and"),
    Mutant(
        "a user who logs in meanwhile is left alone",
        "scheduled.py",
        "receipt=(holder.receipt,), wait=False",
        "wait=False",
    ),
)
