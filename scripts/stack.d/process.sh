# Sourced by scripts/stack: starting, finding and ending the processes of one instance.
# A server's record holds its pid and its start time in clock ticks since boot. Both have to match
# /proc, and the command line has to name the instance's folder, before a process counts as ours.

record_of() { echo "$INSTANCE_DIR/$1/pid"; }
log_of() { echo "$INSTANCE_DIR/$1/logs/server.log"; }
# The log files that server $1 has: what it prints, and for the search nodes what they log.
logs_of() { find "$INSTANCE_DIR/$1/logs" -name server.log -o -name node.log 2>/dev/null | sort -r; }

# The 22nd field of /proc/PID/stat; the second field may itself hold spaces and parentheses.
start_time() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  stat=${stat##*) }
  # shellcheck disable=SC2086
  set -- $stat
  echo "${20}"
}

is_running() { # by pid and start time; a process that waits to be reaped is not running
  local state
  state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null) || return 1
  [ -n "$state" ] && [ "$state" != Z ] && [ "$(start_time "$1")" = "$2" ]
}

# Prints the pid of server $1 if the process that launch() has recorded is there. Whether it is ours is
# not asked: its command line reads as empty while one program makes way for the next.
started_pid() {
  local pid started
  read -r pid started 2>/dev/null <"$(record_of "$1")" || return 1
  is_running "$pid" "$started" && echo "$pid"
}

# Prints the pid of server $1 if it is running and ours.
pid_of() {
  local pid
  pid=$(started_pid "$1") || return 1
  tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "$INSTANCE_DIR/$1/" || return 1
  echo "$pid"
}

port_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# In a changed root that is no mount point itself, Java finds no mount that holds a folder, and the
# search nodes do not start without one. There the root is mounted on itself while servers run.
has_mount_point() {
  local target rest
  while read -r _ target rest; do
    [[ $target = / || $1/ == "$target"/* ]] && return 0
  done </proc/self/mounts
  return 1
}
give_mount_point() {
  [ "$(id -u)" = 0 ] && ! has_mount_point "$INSTANCE_DIR" || return 0
  mount --bind / / && touch "$INSTANCE_DIR/.mounted"
}
take_mount_point() {
  local server
  [ -e "$INSTANCE_DIR/.mounted" ] || return 0
  for server in "${ALL_SERVERS[@]}"; do ! pid_of "$server" >/dev/null || return 0; done
  rm -f "$INSTANCE_DIR/.mounted"
  umount /.. || true  # / would be what lies below the mount
}

# launch SERVER COMMAND...: starts it detached, in a session of its own, logging to its log file.
launch() {
  local server=$1 log pid i command file; shift
  log=$(log_of "$server")
  for file in $(logs_of "$server"); do mv -f "$file" "$file.old"; done
  : >"$log"
  set_as "$server"
  give_mount_point
  (
    cd "$INSTANCE_DIR/$server" || exit
    ulimit -n 65535 2>/dev/null || true
    for fd in /proc/self/fd/*; do  # neither our locks nor a caller's pipes may outlive this call
      fd=${fd##*/}
      if [ "$fd" -gt 2 ] && [ "$fd" != 255 ]; then eval "exec $fd>&-"; fi
    done
    exec setsid "${AS[@]}" "$@" </dev/null >>"$log" 2>&1
  ) &
  pid=$!
  disown "$pid"
  # pid_of looks for the folder in the command line: wait until the first exec has put it there.
  for ((i = 0; i < 1000; i++)); do
    command=$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") || break
    [[ $command != *"$INSTANCE_DIR/$server/"* ]] || break
    sleep 0.01
  done
  echo "$pid $(start_time "$pid" || echo gone)" >"$(record_of "$server")"
}

# ask_to_end SERVER SIGNAL: asks it to end (nothing if it is not ours).
ask_to_end() {
  local pid
  pid=$(pid_of "$1") || return 0
  kill "-$2" "$pid" 2>/dev/null || true
}

# Waits until the server of the record is gone; after SECONDS it is killed.
await_end() {
  local server=$1 seconds=$2 pid started began
  read -r pid started 2>/dev/null <"$(record_of "$server")" || return 0
  began=$(now_ms)
  while is_running "$pid" "$started"; do
    if [ $(($(now_ms) - began)) -gt $((seconds * 1000)) ]; then
      warn "$server (pid $pid) did not end within $seconds s: killed"
      # Its children too: PostgreSQL's are sessions of their own, and one that is busy goes on alone.
      # shellcheck disable=SC2046
      kill -KILL "$pid" $(cat "/proc/$pid/task/$pid/children" 2>/dev/null) 2>/dev/null || true
      sleep 0.2
      break
    fi
    sleep 0.1
  done
  rm -f "$(record_of "$server")"
  take_mount_point
}

resident_mb() { awk '/^VmRSS:/ { printf "%d", $2 / 1024 }' "/proc/$1/status" 2>/dev/null; }
# PostgreSQL is a process tree: the sum of the proportional shares of all of them.
resident_tree_mb() {
  local pid total=0 kb
  for pid in "$1" $(cat "/proc/$1/task/$1/children" 2>/dev/null); do
    kb=$(awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup" 2>/dev/null || true)
    total=$((total + ${kb:-0}))
  done
  echo $((total / 1024))
}
