# Everyday verbs; each is an alias of a script, so `make -n VERB` shows what it would run.

SLUICE  ?= build/release/service/sluice
TOPICS  ?= cdc.public.users cdc.public.orders
SERVERS ?=
SOURCE  ?= sluice
Q       ?= 100

.PHONY: help build up down wipe status logs create-connector start-monitoring demo test quickstart \
        prove check-docker

help:  ## this list
	@sed -n 's/^\([a-z-]*\): .*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

build:  ## installs what is missing and builds the release preset
	scripts/bootstrap
	cmake --preset release
	cmake --build --preset release

up:  ## starts the servers (SERVERS="kafka postgres" for some of them)
	scripts/stack up $(SERVERS)

down:  ## ends the servers, data is kept
	scripts/stack down $(SERVERS)

wipe:  ## ends the servers and removes their data
	scripts/stack down --wipe $(SERVERS)

status:  ## pid, port, readiness and memory of each server
	scripts/stack status

logs:  ## the last lines of the servers' logs
	scripts/stack logs $(SERVERS)

create-connector:  ## creates the demo tables and registers the Debezium connector
	@eval "$$(scripts/stack env)"; set -x; psql -q -h "$$STACK_PG_HOST" -p "$$STACK_PG_PORT" \
	  -U "$$STACK_PG_USER" -v ON_ERROR_STOP=1 -f configs/demo.sql
	scripts/stack connector configs/debezium-postgres-connector.json

start-monitoring:  ## follows the topics (TOPICS="...") with sluice inspect, until Ctrl-C
	@eval "$$(scripts/stack env)"; set -x; printf '%s\n' $(TOPICS) | \
	  xargs -P 8 -I TOPIC $(SLUICE) inspect TOPIC -b "$$STACK_KAFKA"

demo:  ## makes Q changes (Q=100) to the table users
	$(SLUICE) demo users -Q $(Q)

test:  ## builds and passes every test
	scripts/test

quickstart:  ## from a fresh machine to rows found in the search index (SOURCE=debezium)
	scripts/quickstart --source $(SOURCE)

prove:  ## measures the figures this product claims
	scripts/prove

check-docker:  ## checks docker/ without a container engine
	scripts/check-docker
