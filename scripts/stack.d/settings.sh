# Sourced by scripts/stack: folders, ports, memory and users of one instance of the stack.
# shellcheck disable=SC2034

ALL_SERVERS=(postgres kafka connect elasticsearch opensearch elasticsearch-secure)

if [ "$(id -u)" = 0 ]; then
  STACK_HOME=${SLUICE_STACK_HOME:-/var/tmp/sluice-stack}
else
  STACK_HOME=${SLUICE_STACK_HOME:-/var/tmp/sluice-stack-$(id -un)}
fi
STACK_HOME=$(realpath -m "$STACK_HOME")

set_instance() {
  [[ $1 =~ ^[0-9]$ ]] || die "an instance is a number from 0 to 9, not '$1'"
  INSTANCE=$1
  INSTANCE_DIR=$STACK_HOME/instances/$INSTANCE
  local offset=$((INSTANCE * 1000))
  PG_PORT=${SLUICE_STACK_PG_PORT:-$((15432 + offset))}
  KAFKA_PORT=${SLUICE_STACK_KAFKA_PORT:-$((19092 + offset))}
  KAFKA_CONTROLLER_PORT=${SLUICE_STACK_KAFKA_CONTROLLER_PORT:-$((19093 + offset))}
  KAFKA_SECURE_PORT=${SLUICE_STACK_KAFKA_SECURE_PORT:-$((19094 + offset))}
  KAFKA_PROXIED_PORT=${SLUICE_STACK_KAFKA_PROXIED_PORT:-$((19095 + offset))}
  KAFKA_PROXY_PORT=${SLUICE_STACK_KAFKA_PROXY_PORT:-$((19096 + offset))}
  CONNECT_PORT=${SLUICE_STACK_CONNECT_PORT:-$((18083 + offset))}
  ES_PORT=${SLUICE_STACK_ES_PORT:-$((19200 + offset))}
  OS_PORT=${SLUICE_STACK_OS_PORT:-$((19201 + offset))}
  ES_SECURE_PORT=${SLUICE_STACK_ES_SECURE_PORT:-$((19202 + offset))}
}

# The password of user `elastic` on the secured node; everything listens on loopback only.
ES_PASSWORD=${SLUICE_STACK_ES_PASSWORD:-changeme}
# The password of user `sluice` on the broker's listener with TLS.
KAFKA_PASSWORD=${SLUICE_STACK_KAFKA_PASSWORD:-changeme}
READY_TIMEOUT=${SLUICE_STACK_TIMEOUT:-120}
DEBEZIUM=${SLUICE_STACK_DEBEZIUM:-$DEBEZIUM_VERSION}
POSTGRES=${SLUICE_STACK_POSTGRES:-$POSTGRES_MAJOR}

java_memory() {
  case $1 in
    kafka) echo "${SLUICE_STACK_KAFKA_MEMORY:--Xms256m -Xmx512m}" ;;
    connect) echo "${SLUICE_STACK_CONNECT_MEMORY:--Xms256m -Xmx768m}" ;;
    *) echo "${SLUICE_STACK_SEARCH_MEMORY:--Xms512m -Xmx1g}" ;;
  esac
}

port_of() {
  case $1 in
    postgres) echo "$PG_PORT" ;;
    kafka) echo "$KAFKA_PORT" ;;
    connect) echo "$CONNECT_PORT" ;;
    elasticsearch) echo "$ES_PORT" ;;
    opensearch) echo "$OS_PORT" ;;
    elasticsearch-secure) echo "$ES_SECURE_PORT" ;;
  esac
}

address_of() {
  case $1 in
    postgres) echo "postgresql://postgres@127.0.0.1:$PG_PORT" ;;
    kafka) echo "127.0.0.1:$KAFKA_PORT" ;;
    elasticsearch-secure) echo "https://127.0.0.1:$ES_SECURE_PORT" ;;
    *) echo "http://127.0.0.1:$(port_of "$1")" ;;
  esac
}

# PostgreSQL and the search nodes refuse to run as root; every server gets an unprivileged user.
user_of() { if [ "$1" = postgres ]; then echo postgres; else echo esnode; fi; }

# Sets AS to the command prefix that runs a program as the user of server $1.
set_as() {
  AS=()
  [ "$(id -u)" = 0 ] || return 0
  local user; user=$(user_of "$1")
  AS=(setpriv --reuid "$user" --regid "$user" --clear-groups --)
}

make_users() {
  [ "$(id -u)" = 0 ] || return 0
  local user
  for user in postgres esnode; do
    id "$user" >/dev/null 2>&1 || useradd --system --user-group --no-create-home \
      --home-dir /nonexistent --shell /usr/sbin/nologin "$user"
  done
}

own() { [ "$(id -u)" != 0 ] || chown -R "$(user_of "$1"):" "$INSTANCE_DIR/$1"; }
