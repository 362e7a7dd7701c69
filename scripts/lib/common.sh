# Sourced by the scripts of this repository: where things are, how progress is printed.

# shellcheck disable=SC2034  # read by the scripts that source this file
SLUICE_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
SLUICE_CACHE_DIR=$(realpath -m "${SLUICE_CACHE_DIR:-$SLUICE_ROOT/.cache}")
export SLUICE_CACHE_DIR
# shellcheck source=../versions.env
. "$SLUICE_ROOT/scripts/versions.env"

# What one clone has compiled serves the next one, wherever that lies.
export CCACHE_BASEDIR=$SLUICE_ROOT CCACHE_NOHASHDIR=yes

SCRIPT_NAME=${SCRIPT_NAME:-$(basename "$0")}

# Milliseconds of the wall clock, without starting a process.
now_ms() { local t=${EPOCHREALTIME/[.,]/}; echo $((t / 1000)); }

SCRIPT_STARTED_MS=$(now_ms)

# "12.3" for the milliseconds since $1.
seconds_since() { local d=$(($(now_ms) - $1)); printf '%d.%d' $((d / 1000)) $((d % 1000 / 100)); }

say() { printf '%s: [%5s s] %s\n' "$SCRIPT_NAME" "$(seconds_since "$SCRIPT_STARTED_MS")" "$*"; }
warn() { printf '%s: %s\n' "$SCRIPT_NAME" "$*" >&2; }
die() { warn "error: $*"; exit 1; }

# Prints the comment block at the top of script $1 as its help text.
print_help() { sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$1"; }

# Runs a command with its output in log file $1; on failure shows the end of that file.
logged() {
  local log=$1; shift
  mkdir -p "$(dirname "$log")"
  if ! "$@" >>"$log" 2>&1; then
    warn "failed: $*"; warn "last lines of $log:"; tail -n 25 "$log" >&2
    return 1
  fi
}

# Runs a command as root: directly, or through sudo.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo -- "$@"
  else die "needs root for: $* (run as root, or install sudo)"
  fi
}
