# Sourced by scripts/stack. Each server has three steps: prepare (downloads, folders, configuration;
# nothing runs), start (launches the process) and probe (one quick look whether it serves).

CURL=(curl -sf --noproxy '*' -m 3 -o /dev/null)

dir_of() { echo "$INSTANCE_DIR/$1"; }

# configure SERVER TEMPLATE TARGET [sed expressions]: fills in a configuration template.
configure() {
  local server=$1 template=$2 target=$3; shift 3
  sed -e "s|@DIR@|$(dir_of "$server")|g" -e "s|@PORT@|$(port_of "$server")|g" "$@" \
    "$STACK_D/conf/$template" >"$target"
}

make_dirs() { mkdir -p "$(dir_of "$1")"/{conf,data,logs,tmp}; }

# --- PostgreSQL -----------------------------------------------------------------------------------

prepare_postgres() {
  find_postgres
  local dir; dir=$(dir_of postgres)
  [ ! -s "$dir/data/PG_VERSION" ] || [ "$(cat "$dir/data/PG_VERSION")" = "$POSTGRES" ] ||
    die "the data in $dir is of PostgreSQL $(cat "$dir/data/PG_VERSION"), not $POSTGRES:" \
      "choose another --instance, or remove it with: scripts/stack down --wipe postgres"
  make_dirs postgres
  own postgres
  set_as postgres
  if [ ! -s "$dir/data/PG_VERSION" ]; then
    chmod 700 "$dir/data"
    (cd "$dir" && logged "$dir/logs/initdb.log" "${AS[@]}" "$PG_BIN/initdb" -D "$dir/data" -U postgres \
      -A trust -E UTF8 --locale=C.UTF-8 -N) || die "initdb failed"
    # -N skips the sync at creation; a half-made cluster cannot hide, PG_VERSION comes with success.
  fi
  configure postgres postgresql.conf "$dir/conf/postgresql.conf"
  grep -q '^include ' "$dir/data/postgresql.conf" ||
    echo "include '$dir/conf/postgresql.conf'" >>"$dir/data/postgresql.conf"
}
start_postgres() {
  local dir; dir=$(dir_of postgres)
  launch postgres "$PG_BIN/postgres" -D "$dir/data"
}
# Only the distribution's packages hold the client programs.
probe_postgres() { "/usr/lib/postgresql/$POSTGRES_MAJOR/bin/pg_isready" -q -t 2 -h 127.0.0.1 -p "$PG_PORT"; }

# --- Kafka ----------------------------------------------------------------------------------------

java_options() { # SERVER: options that every server shares
  # shellcheck disable=SC2046
  echo $(java_memory "$1") -Djava.awt.headless=true "-Djava.io.tmpdir=$(dir_of "$1")/tmp" "-Dstack.server=$(dir_of "$1")/"
}

prepare_kafka() {
  local dir id log; dir=$(dir_of kafka)
  set_java_run
  ensure "kafka-$KAFKA_VERSION" fetch_kafka
  KAFKA_HOME=$ARTEFACT
  make_dirs kafka
  make_certificates "$dir/conf"
  (umask 077; cat "$dir/conf/http.key" "$dir/conf/http.crt" >"$dir/conf/http.pem")
  configure kafka kafka.properties "$dir/conf/kafka.properties" -e "s|@CONTROLLER_PORT@|$KAFKA_CONTROLLER_PORT|g" \
    -e "s|@SECURE_PORT@|$KAFKA_SECURE_PORT|g" -e "s|@PROXIED_PORT@|$KAFKA_PROXIED_PORT|g" \
    -e "s|@PROXY_PORT@|$KAFKA_PROXY_PORT|g" -e "s|@PASSWORD@|$KAFKA_PASSWORD|g"
  cp "$STACK_D/conf/log4j2-console.properties" "$dir/conf/log4j2.properties"
  own kafka
  if [ ! -s "$dir/data/meta.properties" ]; then
    id=S$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | cut -c2-22)
    log=$dir/logs/format.log
    set_as kafka
    logged "$log" "${AS[@]}" "$JAVA_RUN/bin/java" -Xmx256m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC \
      -cp "$KAFKA_HOME/broker/*" "-Dlog4j2.configurationFile=$dir/conf/log4j2.properties" \
      kafka.tools.StorageTool format --standalone -t "$id" -c "$dir/conf/kafka.properties" || die "kafka format failed"
  fi
}
start_kafka() {
  local dir; dir=$(dir_of kafka)
  # shellcheck disable=SC2046
  launch kafka "$JAVA_RUN/bin/java" $(java_options kafka) -XX:+UseSerialGC -cp "$KAFKA_HOME/broker/*" \
    "-Dlog4j2.configurationFile=$dir/conf/log4j2.properties" kafka.Kafka "$dir/conf/kafka.properties"
}
probe_kafka() { grep -qm1 'Kafka Server started' "$(log_of kafka)" 2>/dev/null && port_open "$KAFKA_PORT"; }

# --- Kafka Connect with Debezium ------------------------------------------------------------------

prepare_connect() {
  local dir debezium; dir=$(dir_of connect)
  set_java_run
  ensure "kafka-$KAFKA_VERSION" fetch_kafka
  KAFKA_HOME=$ARTEFACT
  ensure "debezium-$DEBEZIUM" fetch_debezium "$DEBEZIUM"
  debezium=$ARTEFACT
  ensure "connect-file-$KAFKA_VERSION" fetch_connect_file
  make_dirs connect
  configure connect connect.properties "$dir/conf/connect.properties" \
    -e "s|@KAFKA_PORT@|$KAFKA_PORT|g" -e "s|@PLUGINS@|$debezium,$ARTEFACT|g"
  cp "$STACK_D/conf/log4j2-console.properties" "$dir/conf/log4j2.properties"
  own connect
}
start_connect() {
  local dir; dir=$(dir_of connect)
  # shellcheck disable=SC2046
  launch connect "$JAVA_RUN/bin/java" $(java_options connect) -XX:+UseSerialGC -cp "$KAFKA_HOME/connect/*" \
    "-Dlog4j2.configurationFile=$dir/conf/log4j2.properties" \
    org.apache.kafka.connect.cli.ConnectDistributed "$dir/conf/connect.properties"
}
probe_connect() { "${CURL[@]}" "http://127.0.0.1:$CONNECT_PORT/connectors"; }

# --- Search nodes ---------------------------------------------------------------------------------

prepare_search() { # SERVER: folders and configuration
  local server=$1 dir; dir=$(dir_of "$1")
  make_dirs "$server"
  configure "$server" "$server.yml" "$dir/conf/$server.yml.new" -e "s|@TRANSPORT_PORT@|$(($(port_of "$server") + 100))|g"
  mv "$dir/conf/$server.yml.new" "$dir/conf/${server%-secure}.yml"
  configure "$server" log4j2-search.properties "$dir/conf/log4j2.properties"
}

# The settings record is written by a program of its own (a second or two), so it is kept for as long
# as what it was made from is unchanged.
write_server_args() { # SERVER HOME
  local server=$1 home=$2 dir revision; dir=$(dir_of "$1")
  revision=$({ echo "$home $dir $ES_PASSWORD"; cat "$dir/conf/elasticsearch.yml"; } | sha256sum | cut -d' ' -f1)
  [ "$(cat "$dir/conf/.args-revision" 2>/dev/null)" != "$revision" ] || [ ! -s "$dir/conf/args.bin" ] || return 0
  local password=()
  [ "$server" != elasticsearch-secure ] || password=(env "ES_BOOTSTRAP_PASSWORD=$ES_PASSWORD")
  logged "$dir/logs/server-args.log" "${password[@]}" "$JAVA_ES/bin/java" -Xmx128m -XX:TieredStopAtLevel=1 \
    -XX:+UseSerialGC -cp "$home/tools/server-args.jar:$home/lib/*" WriteServerArgs \
    "$home" "$dir/conf" "$dir/logs" "$dir/server.pid" "$dir/conf/args.bin" || die "$server: no settings record"
  echo "$revision" >"$dir/conf/.args-revision"
}

prepare_elasticsearch() {
  ensure_elasticsearch
  JAVA_ES=$COMPILER ES_HOME=$ARTEFACT
  prepare_search elasticsearch
  write_server_args elasticsearch "$ES_HOME"
  own elasticsearch
}
start_elasticsearch() { launch_elasticsearch elasticsearch "$ES_HOME"; }
probe_elasticsearch() { "${CURL[@]}" "http://127.0.0.1:$ES_PORT/_cluster/health?wait_for_status=yellow&timeout=1s"; }

prepare_elasticsearch_secure() {
  ensure_elasticsearch_secure
  JAVA_ES=$COMPILER ES_SECURE_HOME=$ARTEFACT
  prepare_search elasticsearch-secure
  make_certificates "$(dir_of elasticsearch-secure)/conf"
  write_server_args elasticsearch-secure "$ES_SECURE_HOME"
  own elasticsearch-secure
}
start_elasticsearch_secure() { launch_elasticsearch elasticsearch-secure "$ES_SECURE_HOME"; }
probe_elasticsearch_secure() {
  "${CURL[@]}" --cacert "$(dir_of elasticsearch-secure)/conf/ca.crt" -u "elastic:$ES_PASSWORD" \
    "https://127.0.0.1:$ES_SECURE_PORT/_cluster/health?wait_for_status=yellow&timeout=1s"
}

# A private authority and a certificate of the server signed by it, so that clients prove they use it.
make_certificates() {
  local conf=$1 log; log=$(dirname "$conf")/logs/certificates.log
  [ ! -s "$conf/http.crt" ] || return 0
  {
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj '/CN=sluice stack authority' \
      -keyout "$conf/ca.key" -out "$conf/ca.crt" &&
      openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout "$conf/http.key" -out "$conf/http.csr" &&
      openssl x509 -req -in "$conf/http.csr" -CA "$conf/ca.crt" -CAkey "$conf/ca.key" -CAcreateserial \
        -days 3650 -out "$conf/http.crt.part" -extfile <(echo 'subjectAltName=IP:127.0.0.1,DNS:localhost') &&
      mv "$conf/http.crt.part" "$conf/http.crt"
  } >>"$log" 2>&1 || die "could not make the server's certificate (see $log)"
}

launch_elasticsearch() { # SERVER HOME; the flags are those of the server's own launcher
  local server=$1 home=$2 dir bridge; dir=$(dir_of "$1")
  bridge=$(echo "$home"/lib/entitlement-bridge/*.jar)
  # shellcheck disable=SC2046,SC2016
  launch "$server" env "LIBFFI_TMPDIR=$dir/tmp" bash -c 'exec "$@" <"$0"' "$dir/conf/args.bin" \
    "$JAVA_ES/bin/java" $(java_options "$server") -XX:+UseG1GC -Xss1m -XX:-OmitStackTraceInFastThrow \
    -Dfile.encoding=UTF-8 -Des.networkaddress.cache.ttl=60 -Des.networkaddress.cache.negative.ttl=10 \
    -Djava.security.manager=disallow -Dio.netty.noUnsafe=true -Dio.netty.noKeySetOptimization=true \
    -Dio.netty.recycler.maxCapacityPerThread=0 -Dlog4j.shutdownHookEnabled=false \
    -Dlog4j2.disable.jmx=true -Dlog4j2.formatMsgNoLookups=true -Djava.locale.providers=CLDR \
    "-Des.path.home=$home" "-Des.path.conf=$dir/conf" -Des.distribution.type=tar -Des.java.type=none \
    -Dorg.elasticsearch.nativeaccess.enableVectorLibrary=false -Des.entitlements.enabled=true \
    -Djdk.attach.allowAttachSelf=true -XX:+EnableDynamicAgentLoading --patch-module "java.base=$bridge" \
    --add-exports java.base/org.elasticsearch.entitlement.bridge=org.elasticsearch.entitlement,java.logging,java.net.http,java.naming,jdk.net \
    --enable-native-access=org.elasticsearch.foreign,org.elasticsearch.nativeaccess,org.apache.lucene.core \
    --module-path "$home/lib" --add-modules jdk.net,jdk.management.agent,ALL-MODULE-PATH \
    -m org.elasticsearch.server/org.elasticsearch.bootstrap.Elasticsearch
}

prepare_opensearch() {
  set_java_run
  ensure_opensearch
  OS_HOME=$ARTEFACT
  prepare_search opensearch
  own opensearch
}
start_opensearch() {
  local dir; dir=$(dir_of opensearch)
  # shellcheck disable=SC2046
  launch opensearch "$JAVA_RUN/bin/java" $(java_options opensearch) -XX:+UseG1GC -Xss1m \
    -XX:-OmitStackTraceInFastThrow -Dfile.encoding=UTF-8 -Dopensearch.networkaddress.cache.ttl=60 \
    -Dopensearch.networkaddress.cache.negative.ttl=10 -Djna.nosys=true "-Djna.tmpdir=$dir/tmp" \
    -Dio.netty.noUnsafe=true -Dio.netty.noKeySetOptimization=true \
    -Dio.netty.recycler.maxCapacityPerThread=0 -Dlog4j.shutdownHookEnabled=false \
    -Dlog4j2.disable.jmx=true -Djava.locale.providers=SPI,CLDR --enable-native-access=ALL-UNNAMED \
    --sun-misc-unsafe-memory-access=allow "-Dopensearch.path.home=$OS_HOME" \
    "-Dopensearch.path.conf=$dir/conf" -Dopensearch.distribution.type=tar \
    -Dopensearch.bundled_jdk=false -cp "$OS_HOME/lib/*" org.opensearch.bootstrap.OpenSearch
}
probe_opensearch() { "${CURL[@]}" "http://127.0.0.1:$OS_PORT/_cluster/health?wait_for_status=yellow&timeout=1s"; }

# The three steps by name; a dash of the server's name is an underscore in the function's.
prepare() { "prepare_${1//-/_}"; }
start() { "start_${1//-/_}"; }
probe() { "probe_${1//-/_}"; }

# PostgreSQL: SIGINT is its fast shutdown (open sessions are ended); Java servers: SIGTERM.
end_signal() { if [ "$1" = postgres ]; then echo INT; else echo TERM; fi; }
