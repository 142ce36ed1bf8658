"""A role's own variables and texts, rendered as Ansible renders them, without a playbook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

ROOT = Path(__file__).resolve().parents[3]


class Role:
    """One role with the arguments of a run; `facts` are what its earlier tasks would have registered or set."""

    def __init__(self, name: str, arguments: dict[str, Any], facts: dict[str, Any] | None = None) -> None:
        self.folder = ROOT / "roles" / name
        self._loader = DataLoader()
        self._loader.set_basedir(str(self.folder))
        variables = {"inventory_dir": "/inventory", "groups": {}, "role_path": str(self.folder), "omit": "omitted"}
        for part in ("defaults", "vars"):
            if (self.folder / part / "main.yml").exists():
                variables |= self._yaml(f"{part}/main.yml") or {}
        self._templar = Templar(self._loader, variables | arguments | (facts or {}))

    def _yaml(self, path: str) -> Any:
        return self._loader.load_from_file(str(self.folder / path), trusted_as_template=True)

    def value(self, value: Any) -> Any:
        """What a value in a task becomes."""
        return self._templar.template(value)

    def holds(self, condition: str) -> bool:
        """Whether a condition of a task is true."""
        return self._templar.evaluate_conditional(condition)

    def variable(self, name: str) -> Any:
        """One of the role's own variables."""
        return self._templar.template(self._templar.available_variables[name])

    def written(self, template: str) -> str:
        """What the module template would write."""
        text = trust_as_template((self.folder / "templates" / template).read_text(encoding="utf-8"))
        return self._templar.template(text, escape_backslashes=False, overrides={"trim_blocks": True})

    def tasks(self, file: str) -> dict[str, dict[str, Any]]:
        """The tasks of a file as they are written, by name."""
        return {task["name"]: task for task in self._yaml(f"tasks/{file}.yml")}

    def problem(self, variable: str, task: str, file: str = "validate") -> str:
        """What the check of this name in a file of tasks says, by its variable `variable`; empty when it passes."""
        checked = self.tasks(file)[task]["vars"]
        self._templar.available_variables = {**self._templar.available_variables, **checked}
        return (self.value(checked[variable]) or "").strip()
