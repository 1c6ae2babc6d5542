# What a newcomer types. Everything else is `.venv/bin/localnet --help`.
PYTHON ?= python3
BACKEND ?= auto
BRIDGE ?= bundled
DIALECT ?= reference
LOCALNET := .venv/bin/localnet
IMAGES := .venv/bin/python -m localnet.backends.images

.PHONY: localnet down images probe test check format

localnet: .venv/installed  ## bring the network up, crosspost one video, stay until Ctrl-C (DETACH=1: leave it running)
	@$(if $(filter containers,$(BACKEND)),$(IMAGES) --bases any)
	@$(LOCALNET) up --demo --backend $(BACKEND) --bridge $(BRIDGE) $(if $(DETACH),--detach)

down: .venv/installed  ## remove the network that `make localnet DETACH=1` left running
	@$(LOCALNET) down

images: .venv/installed  ## make the images that containers run from (OFFLINE=1: bases from Debian packages, as root)
	@$(IMAGES) --bases $(if $(OFFLINE),debian,registry)

probe: .venv/installed  ## let a prober question our PLC directory and PDS: PROBE=FILE OUT=FILE (DIALECT=rsky, ARGS=further options of the prober)
	@$(if $(and $(PROBE),$(OUT)),,$(error make probe wants PROBE=FILE OUT=FILE))
	@.venv/bin/python -m tests.parity.probing --dialect $(DIALECT) "$(PROBE)" "$(OUT)" -- $(ARGS)

test: .venv/installed  ## is the harness itself right?
	.venv/bin/pytest -n auto

check: .venv/installed  ## format, lint, types, tests
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/pytest -n auto

format: .venv/installed
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

.venv/installed: pyproject.toml .ci/requirements.lock .ci/install
	@echo "localnet: making the environment in .venv (about 20 s)"
	@$(PYTHON) .ci/install
	@touch $@
