# Sourced after common.sh: builds the pinned librdkafka once into the cache folder.

RDKAFKA_CRATE=$SLUICE_ROOT/third_party/librdkafka
RDKAFKA_PREFIX=$SLUICE_CACHE_DIR/librdkafka-$LIBRDKAFKA_VERSION

# C11 threads are off because ThreadSanitizer crashes in programs linked with them.
RDKAFKA_OPTIONS=(
  -DCMAKE_BUILD_TYPE=RelWithDebInfo -DRDKAFKA_BUILD_STATIC=ON -DRDKAFKA_BUILD_EXAMPLES=OFF
  -DRDKAFKA_BUILD_TESTS=OFF -DWITH_SSL=ON -DWITH_SASL=ON -DWITH_ZSTD=ON -DWITH_ZLIB=ON -DWITH_CURL=ON
  -DENABLE_LZ4_EXT=ON -DWITH_SNAPPY=ON -DWITH_C11THREADS=OFF
)

# Identifies everything a finished build depends on; another distribution gets a build of its own.
librdkafka_stamp() {
  { printf '%s\n' "$LIBRDKAFKA_VERSION" "$RDKAFKA_SYS_VERSION" "${RDKAFKA_OPTIONS[@]}" "$(uname -m)"
    sed -n 's/^\(ID\|VERSION_ID\)=/\1=/p' /etc/os-release
    cat "$RDKAFKA_CRATE/Cargo.lock" "$RDKAFKA_CRATE"/patches/*.patch; } | sha256sum | cut -d' ' -f1
}

librdkafka_ready() {
  [ -f "$RDKAFKA_PREFIX/lib/librdkafka.a" ] &&
    [ "$(cat "$RDKAFKA_PREFIX/.stamp" 2>/dev/null)" = "$(librdkafka_stamp)" ]
}

find_cargo() {
  command -v cargo && return
  [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ] && echo "${CARGO_HOME:-$HOME/.cargo}/bin/cargo"
}

# Downloads the source into $1/vendor; cargo compares each package with the checksum in Cargo.lock.
vendor_librdkafka() {
  local work=$1 cargo minor
  cargo=$(find_cargo) || die "no cargo found; scripts/bootstrap without options installs one"
  minor=$("$cargo" --version | sed -n 's/^cargo 1\.\([0-9]*\).*/\1/p')
  cp -r "$RDKAFKA_CRATE" "$work/crate"
  local env=()
  if [ "${minor:-0}" -lt 68 ]; then
    # Debian 12's cargo 1.65 would otherwise clone the whole package index with git.
    env=(env RUSTC_BOOTSTRAP=1 CARGO_UNSTABLE_SPARSE_REGISTRY=true)
  fi
  (cd "$work/crate" && "${env[@]}" "$cargo" vendor --locked --versioned-dirs "$work/vendor")
}

build_librdkafka() {
  local work log source patch started launcher=()
  started=$(now_ms)
  mkdir -p "$SLUICE_CACHE_DIR/work"
  rm -rf "$SLUICE_CACHE_DIR"/work/librdkafka.*  # left by an interrupted build; we hold the lock
  work=$(mktemp -d "$SLUICE_CACHE_DIR/work/librdkafka.XXXXXX")
  log=$SLUICE_CACHE_DIR/logs/librdkafka.log
  mkdir -p "$SLUICE_CACHE_DIR/logs"; : >"$log"
  say "librdkafka $LIBRDKAFKA_VERSION: downloading the source (checksums in third_party/librdkafka)"
  logged "$log" vendor_librdkafka "$work" || logged "$log" vendor_librdkafka_again "$work" || return 1
  source=$work/vendor/rdkafka-sys-$RDKAFKA_SYS_VERSION/librdkafka
  for patch in "$RDKAFKA_CRATE"/patches/*.patch; do
    logged "$log" patch -p1 -d "$source" -i "$patch" || return 1
  done
  say "librdkafka $LIBRDKAFKA_VERSION: building (about a minute; log $log)"
  if command -v ccache >/dev/null; then launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
  logged "$log" cmake -S "$source" -B "$work/build" \
    -G Ninja "-DCMAKE_INSTALL_PREFIX=$RDKAFKA_PREFIX" "${launcher[@]}" "${RDKAFKA_OPTIONS[@]}" || return 1
  logged "$log" ninja -C "$work/build" || return 1
  # Installed aside and moved as a whole, so that an interrupted build never looks finished.
  logged "$log" env DESTDIR="$work/root" ninja -C "$work/build" install || return 1
  librdkafka_stamp >"$work/root$RDKAFKA_PREFIX/.stamp"
  rm -rf "$RDKAFKA_PREFIX"
  mv "$work/root$RDKAFKA_PREFIX" "$RDKAFKA_PREFIX"
  rm -rf "$work"
  say "librdkafka $LIBRDKAFKA_VERSION: installed in $RDKAFKA_PREFIX ($(seconds_since "$started") s)"
}

# A second try after a broken connection, from clean folders.
vendor_librdkafka_again() { rm -rf "$1/crate" "$1/vendor"; sleep 2; vendor_librdkafka "$1"; }
