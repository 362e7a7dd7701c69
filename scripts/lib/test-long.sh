# The long form of scripts/test; sourced by it.

step "build (address and undefined-behaviour sanitizers)"
sanitized=(unit_core component_pipeline debezium_unit_test)
build asan "${sanitized[@]}"
step "core and decoder under the sanitizers"
SLUICE_HISTORIES=${SLUICE_HISTORIES:-500} ctest --test-dir build/asan --output-on-failure \
  --no-tests=error -R "^($(IFS='|'; echo "${sanitized[*]}"))\$"

step "build (release)"
build release
step "more random histories"
SLUICE_HISTORIES=${SLUICE_HISTORIES:-5000} run_tests release '^component$' "$jobs"

if [ "$(scripts/stack search-kind 2>/dev/null)" = elasticsearch ]; then
  search=opensearch
  start_servers
  step "integration and end-to-end tests on OpenSearch"
  integration_tests
  run_tests release '^e2e$' 1
else
  echo "this machine runs OpenSearch alone (no full JDK of 21 or later): scripts/test has tested it"
fi
