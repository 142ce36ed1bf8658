# The one door to this repository.  `make` alone lists what is behind it.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# The first interpreter that really runs and is new enough; a version manager's shim may exist and fail.
ifndef PYTHON
PYTHON := $(shell for name in python3 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v $$name && break; done)
endif

export PATH := $(CURDIR)/.cache/venv/bin:$(PATH):$(CURDIR)/.cache/bin
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
export PYTHONPATH := $(CURDIR)/collections:$(CURDIR)
# Ansible's own temporary files and caches stay below this folder too.
export ANSIBLE_HOME := $(CURDIR)/.cache/ansible
unexport ANSIBLE_COLLECTIONS_PATH

INVENTORY ?= inventories/sandbox
SANDBOX_DIR ?= $(CURDIR)/.sandbox
export SANDBOX_DIR

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

.PHONY: sandbox
sandbox: deps-sandbox ## Start the sandbox, deploy the platform into it, log users in
	@python -m sandbox up
	@$(MAKE) --no-print-directory deploy
	@python -m sandbox login

LOGIN_AS ?= alice
.PHONY: login
login: deps-sandbox ## Log in to the sandbox's Kubeflow as a browser would, step by step (LOGIN_AS=bob)
	@python -m sandbox visit $(LOGIN_AS)

.PHONY: deploy
deploy: deps-sandbox
	@ANSIBLE_CALLBACK_PLUGINS=$(CURDIR)/sandbox/ansible ANSIBLE_CALLBACKS_ENABLED=role_times \
		SANDBOX_ROLE_TIMES=$(SANDBOX_DIR)/role_times.json \
		ansible-playbook playbooks/site.yml -i $(INVENTORY)

.PHONY: destroy
destroy: deps-sandbox ## Undo everything in the sandbox, in reverse
	@ansible-playbook playbooks/destroy.yml -i $(INVENTORY)

.PHONY: verify
verify: deps-sandbox ## Tell whether everything in the sandbox is as it should be
	@ansible-playbook playbooks/verify.yml -i $(INVENTORY)

.PHONY: sandbox-down
sandbox-down: deps-sandbox ## Stop the sandbox; what was in it is gone
	@python -m sandbox down

# Neither lint nor Molecule keeps two processors busy.
.PHONY: test
test: ## Everything that CI runs: lint and Molecule side by side, then all tests
	@$(MAKE) --no-print-directory --jobs=2 lint molecule
	@$(MAKE) --no-print-directory unit

.PHONY: lint
lint: deps ## ruff, yamllint, changelog fragments, ansible-lint, ansible-test sanity, antsibull-docs
	ruff check .
	ruff format --check .
	yamllint --strict .
	antsibull-changelog lint
	ansible-lint --offline --profile production
	python tests/sanity/run.py

.PHONY: unit
unit: deps
	python -m pytest -n 2 --dist loadfile

# In the order in which they build upon each other; `make molecule SCENARIOS="preflight acm"` stops after these.
SCENARIOS ?= preflight acm cognito_adfs eks kubeflow profile_manager callback verify site

.PHONY: molecule
molecule: deps ## Each role and the whole site with Molecule, in a sandbox of its own: SCENARIOS="preflight acm" for some
	@SANDBOX_DIR=$(CURDIR)/.cache/molecule/sandbox python -m sandbox down
	@rm -rf .cache/molecule
	@SANDBOX_KUBERNETES=emulator MOLECULE_EPHEMERAL_DIRECTORY=$(CURDIR)/.cache/molecule molecule test $(SCENARIOS:%=-s %)

.PHONY: bench
bench: deps ## Measure the profile manager beside the article's algorithm
	python -m benchmarks.profile_manager

.PHONY: mutants
mutants: deps ## Break each rule of the function in turn, and see which test notices
	python -m tests.mutation

.PHONY: bench-deploy
bench-deploy: deps ## Measure site.yml where AWS takes a sixtieth of its time
	python -m benchmarks.deploy

KILLS ?= 30
.PHONY: soak
soak: deps ## Stop site.yml at KILLS random moments, start it again, compare how it ends
	python -m tests.soak --kills $(KILLS)

.PHONY: bench-login
bench-login: deps-sandbox ## Measure logins in the sandbox that runs: one, 100 one after the other, 20 at once
	python -m benchmarks.login

.PHONY: docs
docs: deps ## Write the tables of arguments into the roles' READMEs
	python docs/generate_role_arguments.py

.PHONY: build
build: deps-sandbox ## Build the collection's artifact
	ansible-galaxy collection build --force

.PHONY: deps deps-sandbox
deps: python
	@"$(PYTHON)" requirements/install.py development
deps-sandbox: python
	@"$(PYTHON)" requirements/install.py sandbox

.PHONY: python
python:
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer was found. Install one, or name it: make PYTHON=/path/to/python3.12 …"; exit 1; }

.PHONY: lock
lock: ## Make the lock files anew (needs uv)
	cd requirements && for name in sandbox development; do \
		uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate \
			--constraints sandbox.txt $$name.in --output-file $$name.txt; done

.PHONY: clean
clean: ## Remove what `make` has installed
	rm -rf .cache collections/ansible_collections/{amazon,ansible,community,kubernetes,microsoft,.installed}
