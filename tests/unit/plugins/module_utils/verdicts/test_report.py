"""The whole report, and the page that is made of it."""

from __future__ import annotations

import datetime
import json
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import jinja2
import pytest

from ansible_collections.multitenant.kubeflow.plugins.module_utils.verdicts.report import report
from ansible_collections.multitenant.kubeflow.plugins.module_utils.verdicts.verdict import PARTS, TITLES

ROOT = Path(__file__).resolve().parents[5]
NOW = datetime.datetime(2030, 1, 1, 12, 30, tzinfo=datetime.UTC)
HOSTILE = "<script>alert('x')</script>"

NOTHING = {
    "site": {"name": "kubeflow", "region": "eu-west-1", "domain": "example.com", "account": "123456789012"},
    "days": 30,
    "host": "kubeflow.example.com",
    "login_domain": "cognito.auth.example.com",
    "inspections": {area: {"failure": {}, "answers": {}} for area in TITLES},
    "certificate_arn": "",
    "certificates": {},
    "user_pool_id": "",
    "client_id": "",
    "provider_name": "ADFS",
    "issuer": "https://cognito-idp.eu-west-1.amazonaws.com/",
    "cluster_status": "",
    "cluster_version": "",
    "load_balancer_hostname": "",
}
"""What is read where nothing has been deployed."""


def page(told):
    folder = ROOT / "roles" / "verify" / "templates"
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(folder), undefined=jinja2.StrictUndefined)
    return environment.get_template("report.html.j2").render(verify_result=told)


class Tags(HTMLParser):
    """Every tag of a page, and the addresses in it."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.addresses = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.addresses += [value for name, value in attributes if name in ("src", "href", "action")]


def test_where_nothing_is_deployed_every_area_is_broken_and_says_what_to_run():
    told = report(NOTHING, NOW)
    by_area = {area["area"]: area for area in told["areas"]}
    assert told["state"] == "broken"
    assert {area for area in by_area if by_area[area]["state"] == "broken"} == set(TITLES) - {
        "profile_manager",
        "callback",
    }
    for area in ("acm", "cognito_adfs", "eks", "kubeflow"):
        broken = [verdict for verdict in by_area[area]["verdicts"] if verdict["state"] == "broken"]
        assert all("--tags" in verdict["remedy"] for verdict in broken)
    assert not [verdict for area in told["areas"] for verdict in area["verdicts"] if verdict["state"] == "ok"]


def test_an_area_that_was_left_out_is_neither_good_nor_bad():
    told = report({**NOTHING, "inspections": {}}, NOW)
    assert (told["state"], told["counts"]) == ("ok", {"broken": 0, "not asked": len(TITLES), "ok": 0})
    assert {part["state"] for part in told["parts"].values()} == {"not asked"}


def test_a_cluster_that_does_not_answer_is_one_finding():
    refused = {"deployments": {"failed": True, "msg": "Unauthorized"}}
    told = report({**NOTHING, "cluster_status": "ACTIVE", "objects": refused}, NOW)
    kubeflow = next(area for area in told["areas"] if area["area"] == "kubeflow")
    assert [verdict["reason"] for verdict in kubeflow["verdicts"] if verdict["state"] == "broken"] == [
        "the cluster does not answer: Unauthorized"
    ]


def test_the_report_is_json():
    told = report(NOTHING, NOW)
    assert json.loads(json.dumps(told)) == told
    assert told["at"] == "2030-01-01T12:30:00Z"


def hostile():
    """A report in which everything that comes from outside tries to break out of the page."""
    told = report(NOTHING, NOW)
    told["site"] = dict.fromkeys(told["site"], HOSTILE)
    for part in told["parts"].values():
        part.update(state="broken", reasons=[HOSTILE, HOSTILE])
    for area in told["areas"]:
        for verdict in area["verdicts"]:
            verdict.update(resource=HOSTILE, reason=HOSTILE, remedy=HOSTILE)
    entry = {"namespace": HOSTILE, "role": HOSTILE, "group": HOSTILE, "since": HOSTILE, "complete": False}
    told["access"] = {
        "is_known": True,
        "namespaces": [HOSTILE],
        "users": [{"email": HOSTILE, "last_login": HOSTILE, "unfinished": True, "cells": [[entry]]}],
    }
    return told


@pytest.mark.parametrize("told", [report(NOTHING, NOW), hostile()], ids=["as it is", "hostile"])
def test_the_page_stands_alone_and_runs_nothing(told):
    text = page(told)
    found = Tags(text)
    assert not {"script", "img", "link", "iframe", "object", "form", "a"} & set(found.tags)
    assert not found.addresses
    assert "url(http" not in text and "@import" not in text
    assert found.tags.count("svg") == 2


def test_the_picture_shows_every_part_in_both_layouts_without_overlaps():
    text = page(report(NOTHING, NOW))
    for drawing in text.split("<svg")[1:]:
        root = ElementTree.fromstring("<svg" + drawing.split("</svg>")[0] + "</svg>")
        width, height = (float(number) for number in root.get("viewBox").split()[2:])
        boxes = [box for box in root.iter("rect") if box.get("class") == "box"]
        places = [tuple(float(box.get(key)) for key in ("x", "y", "width", "height")) for box in boxes]
        assert len(places) == len(PARTS)
        assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in places)
        for index, (x, y, w, h) in enumerate(places):
            assert not [
                other for other in places[index + 1 :]
                if x < other[0] + other[2] and other[0] < x + w and y < other[1] + other[3] and other[1] < y + h
            ]  # fmt: skip
