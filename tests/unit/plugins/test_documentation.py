"""What the modules' documentation says is what the modules take."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
import yaml
from ansible.module_utils.basic import AnsibleModule

ROOT = Path(__file__).resolve().parents[3]
COLLECTION = "multitenant.kubeflow"
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
SAME_WORDS = {"type": "str", "required": False, "default": None, "elements": None, "choices": None, "aliases": []}
"""What option and argument say with the same words, and what they mean when they say nothing."""

TASK_KEYWORDS = {"name", "register", "no_log", "loop"}


def only_looks(module):
    return module.endswith("_info")


def documented(module):
    """DOCUMENTATION, EXAMPLES and RETURN of a module, with the options of its fragments."""
    source = importlib.import_module(f"ansible_collections.{COLLECTION}.plugins.modules.{module}")
    documentation = yaml.safe_load(source.DOCUMENTATION)
    options = {}
    for fragment in documentation.get("extends_documentation_fragment", ()):
        options.update(fragment_options(fragment))
    documentation["options"] = {**options, **documentation["options"]}
    return documentation, yaml.safe_load(source.EXAMPLES), yaml.safe_load(source.RETURN)


def fragment_options(name):
    """The options of a fragment, by the name that DOCUMENTATION gives: namespace.collection.file[.part]."""
    namespace, collection, file, *part = name.split(".")
    source = importlib.import_module(f"ansible_collections.{namespace}.{collection}.plugins.doc_fragments.{file}")
    text = getattr(source.ModuleDocFragment(), part[0].upper() if part else "DOCUMENTATION")
    return yaml.safe_load(text).get("options", {})


class Asked(Exception):
    """Carries what a module asks Ansible for, instead of running it."""


@pytest.fixture
def arguments(monkeypatch):
    """`arguments(module)` is the whole argument spec, and whether check mode is supported, as Ansible is given them."""

    def ask(module, argument_spec, supports_check_mode=False, **options):
        raise Asked(argument_spec, supports_check_mode)

    monkeypatch.setattr(AnsibleModule, "__init__", ask)

    def asked(module):
        source = importlib.import_module(f"ansible_collections.{COLLECTION}.plugins.modules.{module}")
        with pytest.raises(Asked) as carried:
            source.main()
        return carried.value.args

    return asked


def differences(options, spec, place=""):
    """Sentences on what documentation and argument spec say differently, suboptions included."""
    for name in sorted(options.keys() ^ spec.keys()):
        yield f"{place}{name} is only {'documented' if name in options else 'in the argument spec'}"
    for name in sorted(options.keys() & spec.keys()):
        option, argument = options[name], spec[name]
        for word, otherwise in SAME_WORDS.items():
            told, taken = option.get(word, otherwise), argument.get(word, otherwise)
            if word in ("aliases", "choices") and told and taken:
                told, taken = sorted(map(str, told)), sorted(map(str, taken))
            if told != taken:
                yield f"{place}{name}: {word} is {told} in the documentation and {taken} in the argument spec"
        yield from differences(option.get("suboptions", {}), argument.get("options") or {}, f"{place}{name}.")


def incomplete(values, place=""):
    """Return values without a description, a type, or on the outermost level without saying when they come."""
    for name, value in values.items():
        missing = {"description", "type", *(() if place else ("returned",))} - value.keys()
        if missing:
            yield f"{place}{name}: {', '.join(sorted(missing))}"
        yield from incomplete(value.get("contains", {}), f"{place}{name}.")


@pytest.mark.parametrize("module", MODULES)
def test_options_are_documented_as_they_are_taken(arguments, module):
    documentation, _, _ = documented(module)
    spec, _ = arguments(module)
    assert not list(differences(documentation["options"], spec))


@pytest.mark.parametrize("module", MODULES)
def test_a_module_says_what_it_is_and_that_check_mode_and_diff_are_whole(arguments, module):
    documentation, _, _ = documented(module)
    assert documentation["module"] == module
    assert documentation["short_description"] and documentation["description"] and documentation["author"]
    assert documentation["version_added"]
    for attribute in ("check_mode", "diff_mode", "idempotent"):
        whole = "none" if attribute == "diff_mode" and only_looks(module) else "full"
        assert documentation["attributes"][attribute]["support"] == whole
    assert arguments(module)[1], "check mode is documented, but not supported"


@pytest.mark.parametrize("module", MODULES)
def test_examples_use_options_that_are_there_and_cover_both_states(arguments, module):
    _, examples, _ = documented(module)
    spec, _ = arguments(module)
    calls = [task[f"{COLLECTION}.{module}"] for task in examples if f"{COLLECTION}.{module}" in task]
    states = {"present"} if only_looks(module) else {"present", "absent"}
    assert {call.get("state", "present") for call in calls} == states
    assert not {option for call in calls for option in call} - spec.keys()
    for task in examples:
        assert len(task.keys() - TASK_KEYWORDS) == 1, f"{task['name']}: one module, by its full name"
        assert "." in next(iter(task.keys() - TASK_KEYWORDS))


@pytest.mark.parametrize("module", MODULES)
def test_return_values_are_described(module):
    _, _, values = documented(module)
    assert values
    assert not list(incomplete(values))


WITHOUT_A_GROUP = {"https_answer_info"}
"""Modules that share no options with others."""


def test_every_module_is_in_an_action_group_and_every_member_is_a_module():
    groups = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["action_groups"]
    members = {member for group in groups.values() for member in group if isinstance(member, str)}
    assert members == set(MODULES) - WITHOUT_A_GROUP
