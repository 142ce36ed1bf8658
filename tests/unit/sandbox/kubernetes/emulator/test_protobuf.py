from __future__ import annotations

import pytest

from sandbox.kubernetes.emulator.errors import ApiError
from sandbox.kubernetes.emulator.protobuf import decode_protobuf, is_protobuf


def field(number: int, content: bytes | str) -> bytes:
    data = content.encode() if isinstance(content, str) else content
    assert len(data) < 16384
    size = bytes([len(data)]) if len(data) < 128 else bytes([len(data) & 127 | 128, len(data) >> 7])
    return bytes([number << 3 | 2]) + size + data


def body(version: str, kind: str, raw: bytes) -> bytes:
    return b"k8s\0" + field(1, field(1, version) + field(2, kind)) + field(2, raw)


def pair(key: str, value: bytes | str) -> bytes:
    return field(1, key) + field(2, value)


def test_a_config_map():
    raw = field(1, field(1, "a") + field(3, "n") + field(11, pair("x", "y"))) + field(2, pair("k", "v" * 200))
    assert decode_protobuf(body("v1", "ConfigMap", raw)) == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "a", "namespace": "n", "labels": {"x": "y"}},
        "data": {"k": "v" * 200},
    }


def test_bytes_of_a_secret_are_encoded():
    decoded = decode_protobuf(body("v1", "Secret", field(2, pair("k", b"\x00\xff")) + field(3, "Opaque")))
    assert decoded["data"] == {"k": "AP8="} and decoded["type"] == "Opaque"


def test_a_role_binding():
    raw = field(2, field(1, "User") + field(3, "zoe")) + field(3, field(2, "ClusterRole") + field(3, "view"))
    decoded = decode_protobuf(body("rbac.authorization.k8s.io/v1", "RoleBinding", raw))
    assert decoded["subjects"] == [{"kind": "User", "name": "zoe"}]
    assert decoded["roleRef"] == {"kind": "ClusterRole", "name": "view"}


def test_numbers_and_flags():
    decoded = decode_protobuf(body("v1", "DeleteOptions", b"\x08\x05\x18\x01" + field(4, "Orphan")))
    assert (decoded["gracePeriodSeconds"], decoded["orphanDependents"], decoded["propagationPolicy"]) == (
        5,
        True,
        "Orphan",
    )


@pytest.mark.parametrize("raw, code", [(body("v1", "Pod", b""), 415), (b"k8s\0\x0a\x7f", 400)])
def test_unreadable_bodies(raw, code):
    assert is_protobuf(raw)
    with pytest.raises(ApiError) as refused:
        decode_protobuf(raw)
    assert refused.value.code == code


def test_the_server_takes_it(api):
    raw = body("v1", "ConfigMap", field(1, field(1, "a")) + field(2, pair("k", "v")))
    answer = api.call(
        "POST", "/api/v1/namespaces/default/configmaps", raw, Content_Type="application/vnd.kubernetes.protobuf"
    )
    assert (answer[0], answer[1]["data"]) == (201, {"k": "v"})
