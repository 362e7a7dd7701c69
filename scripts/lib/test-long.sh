# The long form of scripts/test; sourced by it.

step "build (address and undefined-behaviour sanitizers)"
build asan tier_unit tier_contract tier_component
step "tests without servers under these sanitizers"
SLUICE_HISTORIES=${SLUICE_HISTORIES:-500} SLUICE_EXPLORER_STATES=${SLUICE_EXPLORER_STATES:-20000} \
  run_tests asan '^(unit|contract|component)$' "$jobs"

# Where threads meet: the adapters' clients, the workers' composition, telemetry and HTTP, and below the
# whole process. The core and its component tests are one thread.
threaded=(kafka_unit_test unit_elasticsearch service_telemetry_unit_test
  service_composition_unit_test)
step "build (thread sanitizer)"
build tsan sluice "${threaded[@]}"
export TSAN_OPTIONS="suppressions=$SLUICE_ROOT/tests/tsan.supp ${TSAN_OPTIONS:-}"
step "what uses threads under the thread sanitizer"
run_tests tsan '^unit$' 1 -R "^($(IFS='|'; echo "${threaded[*]}"))\$"

step "build (release)"
build release
step "clang-tidy over what has changed"
scripts/lint --changed --seconds 240
step "more random histories"
histories() { # NUMBER FILTER
  SLUICE_HISTORIES=$1 build/release/tests/component/component_pipeline --gtest_filter="$2" --gtest_brief=1
}
histories "${SLUICE_HISTORIES:-20000}" 'History.HoldsTheInvariants?*' &
others=$!
histories "${SLUICE_HISTORIES:-100000}" 'History.HoldsTheInvariants:HistoryCanFail.*'
wait "$others"

if [ "$(scripts/stack search-kind 2>/dev/null)" = elasticsearch ]; then
  search=opensearch
  start_servers
  step "the whole process under the thread sanitizer"
  python3 tests/e2e/run.py --sluice build/tsan/service/sluice secure lifecycle
  step "tests on real servers, with OpenSearch"
  tests_on_servers 'integration|e2e' -LE '^once$'
else
  echo "this machine runs OpenSearch alone (no full JDK of 21 or later): scripts/test has tested it"
fi

# The oldest and the newest PostgreSQL that the source supports, in place of the distribution's.
[ -n "$keep" ] || scripts/stack down
export SLUICE_STACK_INSTANCE=$SLUICE_STACK_OTHER_INSTANCE
for version in $POSTGRES_OTHERS; do
  step "the source on PostgreSQL ${version%%.*}"
  scripts/stack down --wipe postgres
  export SLUICE_STACK_POSTGRES=${version%%.*}
  if [ -z "${SLUICE_TEST_POSTGRES:-}" ]; then start_servers; else scripts/stack up postgres; fi
  run_tests release '^integration$' 1 -R '^postgres_'
  cases=(capture)
  [ "${version%%.*}" -lt 14 ] || cases+=(incremental)  # pgoutput tells no messages before
  python3 tests/e2e/run.py --sluice build/release/service/sluice "${cases[@]}"
done
