#include "service/convert/key_rules.h"

#include <array>

namespace sluice::convert {
namespace {

using enum KeyAction;

constexpr std::string_view kNoJvm = "of the JDBC driver; libpq is used instead";
constexpr std::string_view kBytesBound = "queues are bounded by producer.buffer.memory alone";
constexpr std::string_view kPartOfMode = "part of snapshot.mode; see there";
constexpr std::string_view kOtherSignals =
    "signals come from the table of signals and from `sluice capture signal`";
constexpr std::string_view kSlotRetried =
    "a slot that another connection holds is asked for again without end; readiness says so";
constexpr std::string_view kRowsStreamed = "rows are passed on as they come";
constexpr std::string_view kAcknowledged =
    "records are always written idempotently and acknowledged by all replicas in sync";
constexpr std::string_view kAllRetried =
    "nothing is ever skipped: what can pass is tried again without end, else the source halts";
constexpr std::string_view kHistory = "PostgreSQL connectors keep no history of the schema";
constexpr std::string_view kConverterPart = "belongs to the converter; see there";

constexpr auto kRules = std::to_array<KeyRule>({
    // The connector and its worker.
    {"name", kIgnore, "", "topic.prefix is the source's name"},
    {"connector.class", kConnectorClass, "", ""},
    {"tasks.max", kIgnore, "", "one process reads one slot"},
    {"config.action.reload", kIgnore, "", "secrets are read again when the server refuses them"},
    {"config.providers*", kIgnore, "", "env, file and directory references need no provider"},
    {"errors.retry.timeout", kIgnore, "", kAllRetried},
    {"errors.retry.delay.max.ms", kIgnore, "", "the longest wait is retry.backoff.max"},
    {"errors.tolerance", kUnless, "none", kAllRetried},
    {"errors.max.retries", kUnless, "-1", kAllRetried},
    {"errors.log.*", kIgnore, "", "every failure is logged once, without contents"},
    {"errors.deadletterqueue.*", kIgnore, "", "of sink connectors"},
    {"exactly.once.support", kUnless, "requested",
     "records come at least once; versions in their header make the index the same"},
    {"transaction.boundary*", kIgnore, "", "the source's own transactions are told as they are"},
    {"offset.*", kIgnore, "", "positions are kept in capture.positions.topic"},
    {"internal.*", kIgnore, "", "an internal setting of Debezium"},
    {"topic.creation.default.partitions", kKeep, "", ""},
    {"topic.creation.default.replication.factor", kKeep, "", ""},
    {"topic.creation.enable", kUnless, "true", "missing topics are always created"},
    {"topic.creation.*", kChange, "",
     "topics are created with partitions and replicas only; create them before with other "
     "settings"},
    {"key.converter", kConverter, "key.converter.schemas.enable", ""},
    {"value.converter", kConverter, "value.converter.schemas.enable", ""},
    {"key.converter.schemas.enable", kKeep, "", ""},
    {"value.converter.schemas.enable", kKeep, "", ""},
    {"key.converter.decimal.format", kUnless, "BASE64", "precise decimals are written as base64"},
    {"value.converter.decimal.format", kUnless, "BASE64",
     "precise decimals are written as base64; decimal.handling.mode string keeps them readable"},
    {"key.converter.replace.null.with.default", kUnless, "false",
     "nulls stay null but for tables in compat.debezium"},
    {"value.converter.replace.null.with.default", kUnless, "false",
     "nulls stay null but for tables in compat.debezium"},
    {"key.converter.schemas.cache.size", kIgnore, "", "every table's schema is kept"},
    {"value.converter.schemas.cache.size", kIgnore, "", "every table's schema is kept"},
    {"key.converter.*", kIgnore, "", kConverterPart},
    {"value.converter.*", kIgnore, "", kConverterPart},
    {"header.converter*", kIgnore, "", "headers are written as Debezium documents them"},
    {"transforms*", kTransform, "", ""},
    {"predicates*", kIgnore, "", "part of the transforms that use them; see there"},
    {"producer.override.*", kOverride, "", ""},
    {"consumer.override.*", kIgnore, "", "of sink connectors"},
    {"admin.override.*", kIgnore, "", "kafka.properties holds for every client"},

    // The database.
    {"database.hostname", kKeep, "", ""},
    {"database.port", kKeep, "", ""},
    {"database.user", kKeep, "", ""},
    {"database.password", kSecret, "database.password", ""},
    {"database.dbname", kKeep, "", ""},
    {"database.sslmode", kKeep, "", ""},
    {"database.sslcert", kKeep, "", ""},
    {"database.sslkey", kKeep, "", "in PEM form; the JDBC driver's PKCS-8 DER has to be converted"},
    {"database.sslpassword", kChange, "", "the key file must be readable without a password"},
    {"database.sslrootcert", kKeep, "", ""},
    {"database.sslfactory", kChange, "", "a Java class; use database.sslmode"},
    {"database.tcpKeepAlive", kIgnore, "", "always on"},
    {"database.initial.statements", kChange, "",
     "nothing is run on new connections; use ALTER ROLE … SET"},
    {"database.on.connect.statements", kChange, "",
     "nothing is run on new connections; use ALTER ROLE … SET"},
    {"database.query.timeout.ms", kIgnore, "", "every question to the catalogue has a limit"},
    {"database.connection.factory.class", kChange, "",
     "a Java class; use a password or a certificate"},
    {"database.server.name", kRename, "topic.prefix", ""},
    {"database.server.id", kIgnore, "", "of MySQL connectors"},
    {"database.history*", kIgnore, "", kHistory},
    {"schema.history.*", kIgnore, "", kHistory},
    {"driver.*", kIgnore, "", kNoJvm},
    {"connection.validation.timeout.ms", kIgnore, "", "every connection attempt has a limit"},
    {"executor.shutdown.timeout.ms", kIgnore, "", "the limit is shutdown.timeout"},

    // Slot and publication.
    {"plugin.name", kPluginName, "", ""},
    {"slot.name", kKeep, "", ""},
    {"slot.drop.on.stop", kUnless, "false", "a slot is never dropped"},
    {"slot.drop_on_stop", kUnless, "false", "a slot is never dropped"},
    {"slot.failover", kKeep, "", ""},
    {"slot.max.retries", kIgnore, "", kSlotRetried},
    {"slot.retry.delay.ms", kIgnore, "", kSlotRetried},
    {"slot.stream.params", kChange, "", "the decoding plug-in gets no other parameters"},
    {"publication.name", kKeep, "", ""},
    {"publication.autocreate.mode", kKeep, "", ""},
    {"publish.via.partition.root", kKeep, "", ""},
    {"replica.identity.autoset.values", kChange, "", "tables are never altered; run ALTER TABLE"},
    {"status.update.interval.ms", kKeep, "", ""},
    {"offset.mismatch.strategy", kUnless, "no_validation|trust_offset",
     "a slot that is ahead of the recorded position halts the source, as changes are lost"},
    {"flush.lsn.source", kUnless, "true", "the slot always moves on with what was written"},
    {"lsn.flush.mode", kUnless, "connector|connector_and_driver",
     "the slot always moves on with what was written"},
    {"lsn.flush.timeout.*", kIgnore, "", "the position is told with the next status message"},
    {"xmin.fetch.interval.ms", kUnless, "0", "source.xmin is always null"},
    {"retriable.restart.connector.wait.ms", kKeep, "", ""},

    // Tables and columns.
    {"schema.include.list", kKeep, "", ""},
    {"schema.exclude.list", kKeep, "", ""},
    {"schema.whitelist", kRename, "schema.include.list", ""},
    {"schema.blacklist", kRename, "schema.exclude.list", ""},
    {"table.include.list", kKeep, "", ""},
    {"table.exclude.list", kKeep, "", ""},
    {"table.whitelist", kRename, "table.include.list", ""},
    {"table.blacklist", kRename, "table.exclude.list", ""},
    {"table.ignore.builtin", kUnless, "true", "the system's tables are never captured"},
    {"column.include.list", kKeep, "", ""},
    {"column.exclude.list", kKeep, "", ""},
    {"column.whitelist", kRename, "column.include.list", ""},
    {"column.blacklist", kRename, "column.exclude.list", ""},
    {"column.mask.with.*", kKeep, "", ""},
    {"column.mask.hash.*", kKeep, "", ""},
    {"column.truncate.to.*", kKeep, "", ""},
    {"column.propagate.source.type", kChange, "", "schemas do not tell the column's type"},
    {"datatype.propagate.source.type", kChange, "", "schemas do not tell the column's type"},
    {"message.key.columns", kKeep, "", ""},
    {"message.prefix.include.list", kChange, "", "messages of every prefix are captured"},
    {"message.prefix.exclude.list", kChange, "", "messages of every prefix are captured"},
    {"schema.refresh.mode", kIgnore, "", "the server tells each change of a table's shape"},
    {"include.schema.changes", kIgnore, "", "PostgreSQL connectors tell none"},
    {"include.schema.comments", kIgnore, "", kHistory},
    {"skip.messages.without.change", kUnless, "false", "every update is told"},
    {"guardrail.collections.max", kUnless, "0", "the number of tables has no limit"},
    {"guardrail.collections.limit.action", kIgnore, "", "the number of tables has no limit"},

    // Snapshots and signals.
    {"snapshot.mode", kSnapshotMode, "", ""},
    {"snapshot.mode.*", kIgnore, "", kPartOfMode},
    {"snapshot.custom.class", kIgnore, "", kPartOfMode},
    {"snapshot.max.threads", kKeep, "", ""},
    {"snapshot.max.threads.multiplier", kIgnore, "", "tables are read in pieces of one size"},
    {"legacy.snapshot.max.threads", kIgnore, "", "tables are read in pieces of one size"},
    {"snapshot.fetch.size", kIgnore, "", kRowsStreamed},
    {"rows.fetch.size", kIgnore, "", kRowsStreamed},
    {"query.fetch.size", kIgnore, "", kNoJvm},
    {"snapshot.include.collection.list", kChange, "", "all captured tables are read"},
    {"snapshot.isolation.mode", kIgnore, "", "all rows are read as of one moment, without locks"},
    {"snapshot.locking.mode", kIgnore, "", "all rows are read as of one moment, without locks"},
    {"snapshot.locking.mode.custom.name", kIgnore, "", "no locks are taken"},
    {"snapshot.lock.timeout.ms", kIgnore, "", "no locks are waited for"},
    {"snapshot.query.mode", kUnless, "select_all", "rows are read by COPY"},
    {"snapshot.query.mode.custom.name", kIgnore, "", "rows are read by COPY"},
    {"snapshot.delay.ms", kUnless, "0", "a snapshot begins at once"},
    {"streaming.delay.ms", kUnless, "0", "the stream begins at once"},
    {"snapshot.tables.order.by.row.count", kUnless, "disabled", "tables are read by name"},
    {"snapshot.select.statement.overrides", kIgnore, "", "each table's own key is enough"},
    {"snapshot.select.statement.overrides.*", kKeep, "", ""},
    {"incremental.snapshot.chunk.size", kKeep, "", ""},
    {"incremental.snapshot.allow.schema.changes", kIgnore, "", "always allowed"},
    {"incremental.snapshot.watermarking.strategy", kIgnore, "",
     "watermarks are messages in the log; nothing is written to a table"},
    {"read.only", kIgnore, "", "watermarks are messages in the log; nothing is written to a table"},
    {"signal.data.collection", kKeep, "", ""},
    {"signal.enabled.channels", kUnless, "source", kOtherSignals},
    {"signal.kafka.bootstrap.servers", kBrokers, "kafka.brokers", kOtherSignals},
    {"signal.*", kChange, "", kOtherSignals},
    {"notification.enabled.channels", kUnless, "", "no notifications are sent; see the metrics"},
    {"notification.*", kIgnore, "", "no notifications are sent; see the metrics"},

    // Topics and records.
    {"topic.prefix", kKeep, "", ""},
    {"topic.delimiter", kKeep, "", ""},
    {"topic.heartbeat.prefix", kKeep, "", ""},
    {"heartbeat.topics.prefix", kRename, "topic.heartbeat.prefix", ""},
    {"topic.heartbeat.name", kUnless, "", "heartbeats go to topic.heartbeat.prefix.topic.prefix"},
    {"topic.transaction", kKeep, "", ""},
    {"transaction.topic", kChange, "", "transactions go to topic.prefix.topic.transaction"},
    {"topic.naming.strategy", kUnless,
     "io.debezium.schema.SchemaTopicNamingStrategy|io.debezium.schema.DefaultTopicNamingStrategy",
     "topics are called topic.prefix.schema.table; topic.routing.regex can change that"},
    {"topic.cache.size", kIgnore, "", "every table's topic is kept"},
    {"heartbeat.interval.ms", kKeep, "", ""},
    {"heartbeat.action.query", kKeep, "", ""},
    {"tombstones.on.delete", kKeep, "", ""},
    {"skipped.operations", kKeep, "", ""},
    {"provide.transaction.metadata", kKeep, "", ""},
    {"transaction.metadata.factory", kUnless,
     "io.debezium.pipeline.txmetadata.DefaultTransactionMetadataFactory", "a Java class"},
    {"sourceinfo.struct.maker", kUnless,
     "io.debezium.connector.postgresql.PostgresSourceInfoStructMaker", "a Java class"},
    {"source.struct.version", kUnless, "v2", "source is written as by Debezium 3.7"},
    {"schema.name.adjustment.mode", kUnless, "none", "schemas are called as by Debezium's default"},
    {"field.name.adjustment.mode", kUnless, "none", "fields are called like their columns"},
    {"sanitize.field.names", kUnless, "false", "fields are called like their columns"},
    {"extended.headers.enabled", kUnless, "false",
     "headers __debezium.context.… for OpenLineage are not written"},
    {"openlineage.integration.enabled", kUnless, "false", "no lineage is sent"},
    {"openlineage.integration.*", kIgnore, "", "no lineage is sent"},
    {"converters", kChange, "", "Java classes; values are written by the modes of their types"},
    {"post.processors*", kChange, "", "Java classes; nothing is done to records afterwards"},

    // Values.
    {"decimal.handling.mode", kKeep, "", ""},
    {"time.precision.mode", kKeep, "", ""},
    {"interval.handling.mode", kKeep, "", ""},
    {"binary.handling.mode", kKeep, "", ""},
    {"hstore.handling.mode", kKeep, "", ""},
    {"money.fraction.digits", kKeep, "", ""},
    {"unavailable.value.placeholder", kKeep, "", ""},
    {"toasted.value.placeholder", kRename, "unavailable.value.placeholder", ""},
    {"include.unknown.datatypes", kKeep, "",
     "holds for tables in compat.debezium; others always are"},

    // Queues and failures.
    {"max.batch.size", kIgnore, "", kBytesBound},
    {"max.queue.size", kIgnore, "", kBytesBound},
    {"max.queue.size.in.bytes", kIgnore, "", kBytesBound},
    {"queue.provider.type", kIgnore, "", kBytesBound},
    {"poll.interval.ms", kIgnore, "", "the socket wakes the process"},
    {"poll.dispatch.interval.ms", kIgnore, "", "producer.linger.ms gathers records"},
    {"event.processing.failure.handling.mode", kUnless, "fail", kAllRetried},
    {"event.deserialization.failure.handling.mode", kUnless, "fail", kAllRetried},
    {"event.converting.failure.handling.mode", kIgnore, "", "any value has a form"},
    {"inconsistent.schema.handling.mode", kUnless, "fail", kAllRetried},
    {"custom.metric.tags", kIgnore, "", "of JMX; Prometheus adds labels when it scrapes"},
    {"statistics.metrics.enabled", kIgnore, "", "of JMX"},
    {"custom.sanitize.pattern", kIgnore, "", "settings that are secret are never printed"},

    // The producer.
    {"producer.override.bootstrap.servers", kBrokers, "kafka.brokers", ""},
    {"producer.override.acks", kUnless, "all|-1", kAcknowledged},
    {"producer.override.enable.idempotence", kUnless, "true", kAcknowledged},
    {"producer.override.retries", kIgnore, "", kAcknowledged},
    {"producer.override.delivery.timeout.ms", kIgnore, "", kAcknowledged},
    {"producer.override.max.block.ms", kIgnore, "", "nothing is read while the buffer is full"},
    {"producer.override.max.in.flight.requests.per.connection", kIgnore, "",
     "at most five, in order"},
    {"producer.override.linger.ms", kRename, "producer.linger.ms", ""},
    {"producer.override.compression.type", kRename, "producer.compression.type", ""},
    {"producer.override.batch.size", kRename, "producer.batch.size", ""},
    {"producer.override.buffer.memory", kRename, "producer.buffer.memory", ""},
    {"producer.override.max.request.size", kRename, "producer.max.request.size", ""},
    {"producer.override.client.id", kRename, "kafka.client.id", ""},
    {"producer.override.partitioner.class", kUnless,
     "org.apache.kafka.clients.producer.internals.DefaultPartitioner",
     "the partition is the murmur2 hash of the key"},
    {"producer.override.key.serializer", kIgnore, "", "of Java"},
    {"producer.override.value.serializer", kIgnore, "", "of Java"},
    {"producer.override.sasl.jaas.config", kChange, "",
     "write kafka.properties sasl.username and sasl.password, as references"},
    {"producer.override.ssl.truststore.*", kChange, "",
     "Java's store; write kafka.properties ssl.ca.location with a PEM file"},
    {"producer.override.ssl.keystore.*", kChange, "",
     "Java's store; write kafka.properties ssl.certificate.location and ssl.key.location"},
});

}  // namespace

std::span<const KeyRule> KeyRules() {
  return kRules;
}

const KeyRule* FindRule(std::string_view key) {
  const KeyRule* best = nullptr;
  for (const KeyRule& rule : kRules) {
    if (rule.key == key) return &rule;
    if (!rule.key.ends_with('*')) continue;
    const std::string_view begin = rule.key.substr(0, rule.key.size() - 1);
    if (key.starts_with(begin) && (best == nullptr || rule.key.size() > best->key.size())) {
      best = &rule;
    }
  }
  return best;
}

}  // namespace sluice::convert
