"""CloudWatch Logs: a deleted group takes its tags along (moto would show them on a new group of the same name)."""

from __future__ import annotations

from moto.logs.models import logs_backends

from sandbox.aws.calls import Answer, Call, Desk


def delete(call: Call) -> Answer:
    backend, name = logs_backends[call.account][call.region], call.get("logGroupName")
    group = backend.groups.get(name)
    answer = call.moto()
    if group and name not in backend.groups:
        backend.tagger.delete_all_tags_for_resource(group.arn)
        backend.tagger.delete_all_tags_for_resource(group.arn.removesuffix(":*"))
    return answer


def install(desk: Desk) -> None:
    desk.answer_by("logs", {"DeleteLogGroup": delete})
