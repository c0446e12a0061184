# Everything runs in .venv, which hack/bootstrap.sh makes; `make` alone prints this file's help.
SHELL := /bin/sh
ROOT := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))
PYTHON := $(ROOT).venv/bin/python
READY := $(ROOT).venv/ready
HACK := cd $(ROOT) && exec $(PYTHON) -m hack

.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

##@ Proof

.PHONY: prove
prove: $(READY) ## From nothing to proven: cluster, images, releases, load in the cluster, one table of verdicts
	@$(HACK) prove

.PHONY: prove-all
prove-all: $(READY) ## Disturb and scale every release in every way, with controls (ONLY=rollout some, FRESH=1 anew); tables in k8s-tests/results/
	@$(HACK) prove-all

.PHONY: load
load: $(READY) ## Load the releases (RELEASE=name for one) and leave the reports in reports/
	@$(HACK) load

.PHONY: compare
compare: $(READY) ## Two runs side by side: BASE=reports/<earlier> NEW=reports/<later>
	@$(HACK) compare

.PHONY: bench
bench: $(READY) ## Which worker when: measure it (QUICK=1 in 8 minutes, CELL=name one cell, FRESH=1 anew), page in reports/bench
	@$(HACK) bench

.PHONY: bench-table
bench-table: $(READY) ## Write the README's tables from the committed results (RESULTS=file commits that file first)
	@$(HACK) bench-table

##@ Cluster

.PHONY: kind-up
kind-up: $(READY) ## Bring the kind cluster to healthy, with metrics-server, KEDA and PostgreSQL
	@$(HACK) kind-up

.PHONY: kind-down
kind-down: $(READY) ## Remove the cluster and what belongs to it
	@$(HACK) kind-down

.PHONY: images
images: $(READY) ## Pull or build every image
	@$(HACK) images

.PHONY: install
install: $(READY) ## Install the four reference releases, on a cluster that is brought up first
	@$(HACK) install

##@ Tests

.PHONY: test
test: $(READY) ## Everything that can be checked, with the set-up that it needs
	@$(HACK) test

.PHONY: test-unit
test-unit: $(READY) ## The apps, the load proof and the tools, on this machine
	@$(HACK) test-unit

.PHONY: test-render
test-render: $(READY) ## The rendered charts, without a cluster
	@$(HACK) test-render

.PHONY: test-cluster
test-cluster: $(READY) ## Inside the cluster, which is brought up first
	@$(HACK) test-cluster

.PHONY: bench-setup
bench-setup: $(READY) ## Measure what getting ready costs on this machine
	@$(HACK) bench-setup

##@ Charts

.PHONY: vendor
vendor: $(READY) ## Copy the charts with their library as plain files to DEST
	@$(HACK).chart_vendor copy "$(abspath $(DEST))"

.PHONY: package
package: $(READY) ## Package the charts as .tgz files into DEST (default dist/)
	@$(HACK).chart_vendor package "$(abspath $(if $(DEST),$(DEST),$(ROOT)dist))"

##@ Clean up

.PHONY: clean
clean: $(READY) ## Remove the cluster, the reports and this clone's state
	@$(HACK) clean

.PHONY: distclean
distclean: $(READY) ## All of that, and the images, the caches and an engine that this project started
	@$(HACK) distclean
	@rm -rf $(ROOT).venv

.PHONY: help
help:
	@awk -f $(ROOT)hack/help.awk $(ROOT)Makefile

$(READY): $(ROOT)uv.lock $(ROOT)pyproject.toml $(wildcard $(ROOT)apps/*/pyproject.toml) $(ROOT)hack/bootstrap.sh
	@$(ROOT)hack/bootstrap.sh
