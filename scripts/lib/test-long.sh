# The long form of scripts/test; sourced by it.

export SLUICE_HISTORIES=${SLUICE_HISTORIES:-20000}

step "build (address and undefined-behaviour sanitizers)"
build asan
step "tests without servers, under the sanitizers"
SLUICE_HISTORIES=2000 run_tests asan '^(unit|contract|component|findings)$' "$jobs"

step "build (thread sanitizer)"
build tsan
step "tests without servers, under the thread sanitizer"
SLUICE_HISTORIES=500 run_tests tsan '^(unit|contract|component|findings)$' "$jobs"

step "build (release)"
build release
step "random histories: $SLUICE_HISTORIES"
run_tests release '^component$' "$jobs"

step "clang-tidy"
scripts/lint

other=opensearch
[ "$(scripts/stack search-kind 2>/dev/null)" = elasticsearch ] || other=
if [ -n "$other" ]; then
  search=$other
  start_servers
  step "integration and end-to-end tests on $other"
  run_tests release '^integration$' 1
  run_tests release '^e2e$' 1
else
  echo "this machine runs OpenSearch alone (no full JDK of 21 or later): scripts/test has tested it"
fi
