"""Links between the Markdown files of this repository lead somewhere, headings included; and the decisions have an index."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", flags=re.DOTALL | re.MULTILINE)


def tracked() -> list[Path]:
    """All Markdown that git knows or would take, so that a page that is new is looked at too."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    names = subprocess.run(listed, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    return [ROOT / name for name in names if (ROOT / name).exists()]


def anchors(text: str) -> set[str]:
    """The names of the headings of a page, as GitHub makes them."""
    headings = re.findall(r"^#+ +(.*)$", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def broken(page: Path, text: str) -> Iterator[str]:
    for link in LINK.findall(CODE.sub("", text)):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve()
        if not target.exists():
            yield f"{link} leads nowhere"
        elif anchor and anchor not in anchors(target.read_text() if name else text):
            yield f"{link}: there is no such heading"


@pytest.mark.parametrize("page", tracked(), ids=lambda page: str(page.relative_to(ROOT)))
def test_its_links_lead_somewhere(page: Path) -> None:
    assert list(broken(page, page.read_text())) == []


@pytest.mark.parametrize(
    ("link", "complaint"),
    [
        ("[x](README.md)", []),
        ("[x](docs/nowhere.md)", ["docs/nowhere.md leads nowhere"]),
        ("[x](README.md#try-it-without-aws-and-without-docker)", []),
        ("[x](README.md#nowhere)", ["README.md#nowhere: there is no such heading"]),
        ("[x](#here-it-is)\n\n## Here: it is\n", []),
        ("[x](#there)\n\n## Here\n", ["#there: there is no such heading"]),
        ("[x](https://example.com/nowhere)", []),
        ("`[x](nowhere)`", []),
    ],
)
def test_a_broken_link_is_found(link: str, complaint: list[str]) -> None:
    assert list(broken(ROOT / "PAGE.md", link)) == complaint


def test_the_index_of_decisions_names_each_page_by_its_title() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text()
    for page in folder.glob("0*.md"):
        title = page.read_text().splitlines()[0].removeprefix("# ")
        assert f"[{title}]({page.name})" in index
