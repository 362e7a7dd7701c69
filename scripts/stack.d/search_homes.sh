# Sourced by scripts/stack: puts together the homes of the search nodes from published jars.
# What Maven Central lacks for Elasticsearch is filled by the small sources in java/; modules that
# are not published (scripting, reindex, ingest, language analysers) are simply absent.

COMPILER='' # the full JDK, set before a home is built

compile_jar() { # OUT_JAR SOURCE_FOLDER [extra javac arguments]
  local out=$1 source=$2 classes manifest=(); shift 2
  classes=$(mktemp -d)
  [ ! -f "$source/MANIFEST.MF" ] || manifest=(--manifest "$source/MANIFEST.MF")
  local files; mapfile -t files < <(find "$source" -name '*.java')
  logged "$FETCH_LOG" "$COMPILER/bin/javac" -nowarn --release 21 -d "$classes" "$@" "${files[@]}" &&
    logged "$FETCH_LOG" "$COMPILER/bin/jar" --create --file "$out" "${manifest[@]}" -C "$classes" . ||
    die "could not compile $source"
  rm -rf "$classes"
}

# Moves the jars of FROM that no folder of the rest of the arguments has already to TO.
add_jars() {
  local from=$1 to=$2 jar folder found; shift 2
  mkdir -p "$to"
  for jar in "$from"/*.jar; do
    found=no
    for folder in "$@"; do [ ! -e "$folder/${jar##*/}" ] || found=yes; done
    [ $found = yes ] || mv "$jar" "$to/"
  done
  rm -rf "$from"
}

native_platform() {
  case $(uname -m) in x86_64) echo linux-x64 ;; aarch64) echo linux-aarch64 ;; *) die "no search node for $(uname -m)" ;; esac
}

fetch_elasticsearch() {
  local home=$1 v=$ELASTICSEARCH_VERSION group=org.elasticsearch java=$STACK_D/java zstd
  maven_fetch "$home" "lib $group:elasticsearch:$v" "bridge $group:elasticsearch-entitlement-bridge:$v" \
    "netty $group.plugin:transport-netty4:$v"
  mkdir -p "$home"/lib/{entitlement-agent,entitlement-bridge,tools/ansi-console} "$home/plugins" "$home/tools"
  mv "$home/bridge/elasticsearch-entitlement-bridge-$v.jar" "$home/lib/entitlement-bridge/"
  rm -rf "$home/bridge"
  add_jars "$home/netty" "$home/modules/transport-netty4" "$home/lib"
  (cd "$home/modules/transport-netty4" &&
    unzip -q -o -j "transport-netty4-$v.jar" 'META-INF/es-plugins/transport-netty4/*')
  compile_jar "$home/lib/entitlement-agent/entitlement-agent-local.jar" "$java/entitlement-agent"
  compile_jar "$home/lib/tools/ansi-console/ansi-console-local.jar" "$java/ansi-console"
  compile_jar "$home/tools/server-args.jar" "$java/server-args" -cp "$home/lib/*"
  # The server's own copy of this library is unpublished too; Debian's (libzstd1) has the same ABI.
  zstd=$(find "/usr/lib/$(uname -m)-linux-gnu" -name 'libzstd.so.1' | head -1)
  [ -n "$zstd" ] || die "libzstd.so.1 not found (Debian package libzstd1)"
  mkdir -p "$home/lib/platform/$(native_platform)"
  cp -L "$zstd" "$home/lib/platform/$(native_platform)/libzstd.so"
}

# The same node with the modules for TLS, basic authentication and API keys (Elastic License 2.0:
# fetched for tests, never shipped).
fetch_elasticsearch_secure() {
  local plain=$1 home=$2 v=$ELASTICSEARCH_VERSION plugin=org.elasticsearch.plugin name sources module
  cp -al "$plain/." "$home/"
  maven_fetch "$home" \
    "core $plugin:x-pack-core:$v!$plugin:x-pack-template-resources $plugin:x-pack-template-resources:$XPACK_TEMPLATE_RESOURCES_VERSION" \
    "security $plugin:x-pack-security:$v!org.opensaml:*!net.shibboleth.utilities:*!$plugin:es-opensaml-security-api"
  sources=$(mktemp -d)
  python3 "$STACK_D/java/empty_saml_types.py" "$home/security/x-pack-security-$v.jar" "$sources"
  add_jars "$home/core" "$home/modules/x-pack-core" "$home/lib"
  for name in jakarta stax2 woodstox error_prone j2objc checker-qual listenablefuture slf4j-api-1 \
    jcip-annotations-1.0-1 jsr305; do
    rm -f "$home/security/$name"*.jar # compile-time only, or a clash with the server's own
  done
  add_jars "$home/security" "$home/modules/x-pack-security" "$home/lib" "$home/modules/x-pack-core"
  for name in core security; do
    (cd "$home/modules/x-pack-$name" && unzip -q -o -j "x-pack-$name-$v.jar" "META-INF/es-plugins/x-pack-$name/*")
  done
  for module in "$sources"/*; do
    compile_jar "$home/modules/x-pack-security/empty-${module##*/}.jar" "$module"
  done
  rm -rf "$sources"
  mkdir -p "$home/modules/analysis-mini"
  compile_jar "$home/modules/analysis-mini/analysis-mini.jar" "$STACK_D/java/analysis" -cp "$home/lib/*"
  printf '%s\n' name=analysis-mini description=analysis-mini "version=$v" "elasticsearch.version=$v" \
    java.version=21 classname=stack.MiniAnalysisPlugin >"$home/modules/analysis-mini/plugin-descriptor.properties"
}

# Without the module analysis-common: on the packaged Java runtime, which has no locale data, its Thai
# analyser fails and with it the creation of every index. Standard and keyword analysis are built in.
fetch_opensearch() {
  local home=$1 v=$OPENSEARCH_VERSION group=org.opensearch plugin=org.opensearch.plugin
  local log4j=org.apache.logging.log4j line module class extra
  maven_fetch "$home" \
    "lib $group:opensearch:$v $group:opensearch-plugin-classloader:$v $group:opensearch-agent-bootstrap:$v $log4j:log4j-api:$OPENSEARCH_LOG4J_VERSION $log4j:log4j-core:$OPENSEARCH_LOG4J_VERSION org.locationtech.spatial4j:spatial4j:$SPATIAL4J_VERSION org.locationtech.jts:jts-core:$JTS_VERSION" \
    "transport-netty4 $plugin:transport-netty4-client:$v" "reindex $plugin:reindex-client:$v" \
    "lang-painless $plugin:lang-painless:$v $plugin:opensearch-scripting-painless-spi:$v" \
    "mapper-extras $plugin:mapper-extras-client:$v" \
    "ingest-common $plugin:ingest-common:$v"
  mkdir -p "$home"/{bin,plugins,modules}  # the node would create bin, and may not write here
  while read -r module class extra; do
    rm -f "$home/$module"/*{osx,windows,aarch_64}*.jar
    add_jars "$home/$module" "$home/modules/$module" "$home/lib"
    printf '%s\n' "name=$module" "description=$module" "version=$v" "opensearch.version=$v" \
      java.version=21 "classname=org.opensearch.$class" "$extra" >"$home/modules/$module/plugin-descriptor.properties"
  done <<'MODULES'
transport-netty4 transport.Netty4ModulePlugin
reindex index.reindex.ReindexModulePlugin
lang-painless painless.PainlessModulePlugin
mapper-extras index.mapper.MapperExtrasModulePlugin
ingest-common ingest.common.IngestCommonModulePlugin extended.plugins=lang-painless
MODULES
}

# A home is rebuilt when the sources that went into it change.
home_revision() {
  { cat "$STACK_D/search_homes.sh"; find "$STACK_D/java" -type f -print0 | sort -z | xargs -0 cat; } |
    sha256sum | cut -c1-8
}

ensure_elasticsearch() {
  COMPILER=$(find_java 21 full) || die "Elasticsearch needs a full JDK of 21 or later and none was" \
    "found (looked in: $(java_places)): use \`scripts/stack up opensearch\` instead"
  ensure "elasticsearch-$ELASTICSEARCH_VERSION-$(home_revision)" fetch_elasticsearch
}

ensure_elasticsearch_secure() {
  ensure_elasticsearch
  ensure "elasticsearch-secure-$ELASTICSEARCH_VERSION-$(home_revision)" fetch_elasticsearch_secure "$ARTEFACT"
}

ensure_opensearch() { ensure "opensearch-$OPENSEARCH_VERSION-$(home_revision)" fetch_opensearch; }
