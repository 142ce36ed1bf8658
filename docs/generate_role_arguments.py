"""Write the table of arguments and the IAM policy into each role's README, from its argument specs, defaults and policy.

`python docs/generate_role_arguments.py` writes; with `--check` it only says which READMEs are behind, by its exit code too.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROLES = Path(__file__).resolve().parents[1] / "roles"
BEGIN = "<!-- Made by `make docs` from meta/argument_specs.yml and defaults/main.yml: change those. -->"
END = "<!-- End of what `make docs` makes. -->"
BETWEEN = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
POLICY_BEGIN = "<!-- Made by `make docs` from files/iam_policy.json: change that. -->"
POLICY_END = "<!-- End of the policy that `make docs` writes. -->"
POLICY = re.compile(f"{re.escape(POLICY_BEGIN)}.*?{re.escape(POLICY_END)}", re.DOTALL)
MARKUP = re.compile(r"\b(?:O|V|C|RV|M|E)\((?:ignore:)?((?:\\.|[^)\\])*)\)")
"""Ansible's own markup of options, values, code, return values, modules and variables; a backslash keeps a bracket."""

LONGEST_DEFAULT = 60


def main(arguments: list[str]) -> int:
    behind = 0
    for readme in sorted(ROLES.glob("*/README.md")):
        text = readme.read_text(encoding="utf-8")
        wanted = with_arguments(text, specification(readme.parent), defaults(readme.parent))
        wanted = with_policy(wanted, policy(readme.parent))
        if text != wanted:
            behind += 1
            print(
                f"{readme.parent.name}/README.md {'is behind its argument specs' if '--check' in arguments else 'is written'}"
            )
            if "--check" not in arguments:
                readme.write_text(wanted, encoding="utf-8")
    return 1 if behind and "--check" in arguments else 0


def specification(role: Path) -> dict[str, Any]:
    """The options of the role's only entry point."""
    return yaml.safe_load((role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]["main"][
        "options"
    ]


def defaults(role: Path) -> dict[str, Any]:
    path = role / "defaults" / "main.yml"
    return (yaml.safe_load(path.read_text(encoding="utf-8")) or {}) if path.exists() else {}


def policy(role: Path) -> str | None:
    """The IAM policy of the role, as it is written."""
    path = role / "files" / "iam_policy.json"
    return path.read_text(encoding="utf-8") if path.exists() else None


def with_policy(readme: str, text: str | None) -> str:
    """The README with the policy brought up to date.  Raises ValueError where it has no place for one."""
    if text is None:
        return readme
    if not POLICY.search(readme):
        raise ValueError(
            f"A README of a role with files/iam_policy.json needs these two lines:\n{POLICY_BEGIN}\n{POLICY_END}"
        )
    section = "\n".join([POLICY_BEGIN, "", "```json", text.rstrip(), "```", "", POLICY_END])
    return POLICY.sub(lambda match: section, readme)


def with_arguments(readme: str, options: Mapping[str, Mapping[str, Any]], values: Mapping[str, Any]) -> str:
    """The README with its table brought up to date.  Raises ValueError where it has no place for one."""
    if not BETWEEN.search(readme):
        raise ValueError(f"A README of a role needs these two lines for its arguments:\n{BEGIN}\n{END}")
    section = "\n".join([BEGIN, "", *table(options, values), "", END])
    return BETWEEN.sub(lambda match: section, readme)


def table(options: Mapping[str, Mapping[str, Any]], values: Mapping[str, Any]) -> Iterator[str]:
    """The lines of the table: required arguments first, otherwise as they are in the specs."""
    yield "| argument | type | default | meaning |"
    yield "|---|---|---|---|"
    for name, option in rows(options):
        cells = (f"`{name}`", kind(option), default(name, option, values), meaning(option))
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def rows(options: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The options with the parts of dictionaries and of lists behind them, as `whole.part` and `whole[].part`."""
    for name, option in sorted(options.items(), key=lambda item: not item[1].get("required", False)):
        yield name, option
        mark = "[]" if option.get("elements") else ""
        for part, inner in rows(option.get("options") or {}):
            yield f"{name}{mark}.{part}", inner


def kind(option: Mapping[str, Any]) -> str:
    return f"list of {option['elements']}" if option.get("elements") else option.get("type", "str")


def default(name: str, option: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    """The value that counts when the argument is not given, as a user would write it."""
    if option.get("required"):
        return "required"
    value = values.get(name, option.get("default"))
    if value is None or value == "":
        return ""
    text = value.strip() if isinstance(value, str) else json.dumps(value)
    return f"`{text}`" if len(text) <= LONGEST_DEFAULT and "\n" not in text else "see defaults/main.yml"


def meaning(option: Mapping[str, Any]) -> str:
    """The description as one paragraph of Markdown, with the choices that it does not name itself."""
    description = option["description"]
    text = " ".join(description) if isinstance(description, list) else description
    text = MARKUP.sub(lambda match: f"`{match[1]}`".replace("\\)", ")"), " ".join(text.split()))
    choices = [f"`{choice}`" for choice in option.get("choices", ())]
    if any(choice not in text for choice in choices):
        text += f" {'Any' if option.get('elements') else 'One'} of {', '.join(choices)}."
    return text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
