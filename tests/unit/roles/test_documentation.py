"""What a role's README and argument specs say is what its defaults are."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir() if path.is_dir())


@pytest.fixture(scope="module")
def generator():
    path = ROOT / "docs" / "generate_role_arguments.py"
    specification = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.mark.parametrize("role", ROLES)
def test_the_readme_lists_the_arguments_as_they_are(generator, role):
    folder = ROOT / "roles" / role
    readme = (folder / "README.md").read_text()
    wanted = generator.with_arguments(readme, generator.specification(folder), generator.defaults(folder))
    assert readme == wanted, "Run `make docs`."


@pytest.mark.parametrize("role", ROLES)
def test_the_readme_shows_the_policy_as_it_is(generator, role):
    readme = (ROOT / "roles" / role / "README.md").read_text()
    assert readme == generator.with_policy(readme, generator.policy(ROOT / "roles" / role)), "Run `make docs`."


@pytest.mark.parametrize("role", ROLES)
def test_specs_and_defaults_agree(generator, role):
    options, values = generator.specification(ROOT / "roles" / role), generator.defaults(ROOT / "roles" / role)
    assert not values.keys() - options.keys(), "every default is an argument"
    assert not [name for name in values if options[name].get("required")], "what has a default is not required"
    told = {name: option["default"] for name, option in options.items() if "default" in option}
    assert told == {name: values.get(name) for name in told}


TABLES = [
    pytest.param({"description": "It."}, {}, "| `x` | str |  | It. |", id="the least"),
    pytest.param(
        {"description": ["One,", "two."], "required": True}, {}, "| `x` | str | required | One, two. |", id="required"
    ),
    pytest.param(
        {"description": "See O(y=1) and RV(ignore:z).", "type": "list", "elements": "str"},
        {"x": ["a"]},
        '| `x` | list of str | `["a"]` | See `y=1` and `z`. |',
        id="markup",
    ),
    pytest.param(
        {"description": "V(a) or", "choices": ["a", "b"]},
        {},
        "| `x` | str |  | `a` or One of `a`, `b`. |",
        id="choices",
    ),
    pytest.param(
        {"description": "It."},
        {"x": "{{ y | default('') }}"},
        "| `x` | str | `{{ y \\| default('') }}` | It. |",
        id="bar",
    ),
    pytest.param({"description": "It."}, {"x": "long " * 20}, "| `x` | str | see defaults/main.yml | It. |", id="long"),
]


@pytest.mark.parametrize(("option", "values", "line"), TABLES)
def test_an_argument_is_one_line(generator, option, values, line):
    assert list(generator.table({"x": option}, values))[2:] == [line]


def test_a_policy_replaces_the_former_one(generator):
    former = generator.with_policy(f"# role\n{generator.POLICY_BEGIN}\n{generator.POLICY_END}\nend\n", "{}")
    text = generator.with_policy(former, '{"a": 1}\n')
    assert text.splitlines()[2:-3] == ["", "```json", '{"a": 1}', "```"]
    assert (text.count("```json"), text.endswith("end\n")) == (1, True)


def test_a_readme_without_a_place_for_the_policy_is_an_error(generator):
    with pytest.raises(ValueError, match="needs these two lines"):
        generator.with_policy("# role\n", "{}")


def test_a_readme_without_a_place_for_the_table_is_an_error(generator):
    with pytest.raises(ValueError, match="needs these two lines"):
        generator.with_arguments("# role\n", {}, {})
