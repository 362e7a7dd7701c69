#include "service/config/option_table.h"

namespace sluice::config {
namespace {

void AddKafka(std::vector<Option>& table) {
  table.push_back(All(List("kafka.brokers", &C::kafka_brokers, true,
                           "Brokers to begin with, as host:port. Kafka calls it bootstrap.servers.",
                           "[127.0.0.1:9092]")));
  table.push_back(All(Text("kafka.client.id", &C::kafka_client_id, "sluice",
                           "The name shown in the brokers' logs and quotas.")));
  table.push_back(Text("kafka.group.id", &C::kafka_group_id, "sluice",
                       "The consumer group. All processes with this group share the work; the "
                       "group's committed offsets are the only state that is kept."));
  table.push_back(
      Reading(Text("kafka.group.instance.id", &C::kafka_group_instance_id, "",
                   "Static membership: a name that stays the same over restarts, so that a "
                   "quick restart does not rebalance the group. The worker's number is "
                   "appended. Empty: dynamic member.",
                   "sluice-a")));
  table.push_back(Choice(
      "kafka.consumption.mode", &C::kafka_consumption_mode, "key_shared",
      {"key_shared", "exclusive", "failover", "shared"},
      "How the members of the group share the work: key_shared, by partition, so that a key's "
      "records go to one member in their order; exclusive, one member, a second one ends with exit "
      "code 4; failover, one member, others stand by and take over; shared, by partition in turn "
      "and without a promise of order, where each record is a document of its own "
      "(event.documents.id: position). All members of a group use the same. See "
      "docs/CONSUMPTION.md."));
  table.push_back(List("kafka.topics", &C::kafka_topics, false,
                       "Topics to read. This or kafka.topics.regex is required.",
                       "[cdc.public.users, cdc.public.orders]"));
  table.push_back(Text("kafka.topics.regex", &C::kafka_topics_regex, "",
                       "Topics to read, as a POSIX extended regular expression over whole names. "
                       "New topics that match are picked up while running.",
                       "cdc\\.public\\..*"));
  table.push_back(Duration("kafka.topics.refresh", &C::kafka_topics_refresh_us, "30s", 100 * kMs,
                           kHour, "The longest time until a new topic is seen."));
  table.push_back(Choice("kafka.partition.assignment.strategy", &C::kafka_assignment_strategy,
                         "range", {"range", "cooperative-sticky"},
                         "How the group shares partitions. With cooperative-sticky only the "
                         "partitions that move are interrupted; all members must use the same. In "
                         "kafka.consumption.mode: shared they are dealt out in turn, at each "
                         "change anew."));
  table.push_back(Reading(Duration("kafka.session.timeout", &C::kafka_session_timeout_us, "45s",
                                   1 * kSecond, 30 * kMinute,
                                   "A member that is silent for that long loses its partitions.")));
  table.push_back(Reading(Duration(
      "kafka.heartbeat.interval", &C::kafka_heartbeat_interval_us, "3s", 100 * kMs, 10 * kMinute,
      "Time between signs of life. At most a third of the session timeout.")));
  table.push_back(Reading(
      Duration("kafka.max.poll.interval", &C::kafka_max_poll_interval_us, "5m", 1 * kSecond,
               24 * kHour, "A member whose loop does not turn for that long leaves the group.")));
  table.push_back(
      Reading(Bytes("kafka.queue.max.bytes", &C::kafka_queue_max_bytes, "8MiB", 256 * kKiB,
                    1 * kGiB, "Fetched records that wait to be read, per worker.")));
  table.push_back(
      Reading(Bytes("kafka.fetch.max.bytes", &C::kafka_fetch_max_bytes, "2MiB", 64 * kKiB, 1 * kGiB,
                    "The most that one fetch brings, as compressed by the writer.")));
  table.push_back(
      Reading(Bytes("kafka.partition.fetch.max.bytes", &C::kafka_partition_fetch_max_bytes,
                    "512KiB", 16 * kKiB, 1 * kGiB,
                    "The most that one fetch brings of one partition. A larger record is still "
                    "delivered.")));
  table.push_back(
      All(Map("kafka.properties", &C::kafka_properties,
              "Further librdkafka properties, such as TLS and SASL settings, passed through "
              "as they are. Those that decide what is acknowledged are refused with the "
              "reason.",
              "{security.protocol: SSL, ssl.ca.location: /etc/sluice/ca.pem}")));
}

void AddEvents(std::vector<Option>& table) {
  table.push_back(
      Reading(Choice("event.format", &C::event_format, "auto", {"auto", "json", "json_schema"},
                     "How Debezium's JSON converter wrote the records: json without, "
                     "json_schema with an embedded schema; auto decides for each record.")));
  table.push_back(
      Reading(Text("event.unavailable.value.placeholder", &C::unavailable_placeholder,
                   "__debezium_unavailable_value",
                   "The text that stands for a large value which an update did not touch, as "
                   "in Debezium's option of that name. Such values are filled from the stored "
                   "document and never written as they are.")));
  table.push_back(Reading(Text(
      "event.documents.topics.regex", &C::documents_topics_regex, "",
      "Topics whose values are documents and no change events, as an outbox event router writes "
      "them: a JSON object, or a JSON string that holds one. Whole names, as in "
      "kafka.topics.regex, which has to name them too. Empty: none.",
      "outbox\\.event\\..*")));
  table.push_back(Choice(
      "event.documents.id", &C::documents_id, "key", {"key", "header", "position"},
      "What such a document is found by: key, the record's key, so that there is one for each key, "
      "the last record wins and a record without a value deletes it; header, the header id, so "
      "that there is one for each event, however often it was sent; position, topic-partition-"
      "offset, one for each record. After a change `sluice rebuild` makes the index anew: else the "
      "documents that were found otherwise stay in it."));
  table.push_back(
      Choice("version.mode", &C::version_mode, "offset", {"offset", "header"},
             "Where the version of a document comes from: offset, the record's place in its topic, "
             "for any source; header, what `sluice capture` writes into each record, so that "
             "records of a run that a newer one has followed are passed over. It cannot be changed "
             "for an index that was written."));
  table.push_back(Choice("truncate.mode", &C::truncate_mode, "halt", {"halt", "ignore", "apply"},
                         "What a TRUNCATE does: halt stops with exit code 3 and names the choices; "
                         "ignore counts it and leaves the documents; apply deletes the documents "
                         "that are older, which needs version.mode: header or a topic with one "
                         "partition, and a source that tells it (skipped.operations: none)."));
}

void AddElasticsearch(std::vector<Option>& table) {
  table.push_back(
      List("elasticsearch.urls", &C::elasticsearch_urls, true,
           "Nodes of the cluster, with http:// or https://. One that fails is set aside "
           "and tried again later.",
           "[http://127.0.0.1:9200]"));
  table.push_back(Text("elasticsearch.username", &C::elasticsearch_username, "",
                       "The user for basic authentication.", "sluice"));
  table.push_back(Secret("elasticsearch.password", &C::elasticsearch_password,
                         "The user's password. A reference is resolved again when the cluster "
                         "refuses it, so that a file can be changed while running.",
                         "${file:/run/secrets/elasticsearch}"));
  table.push_back(Secret("elasticsearch.api_key", &C::elasticsearch_api_key,
                         "An API key in its encoded form, instead of user and password.",
                         "${env:ELASTICSEARCH_API_KEY}"));
  table.push_back(Text("elasticsearch.ca_file", &C::elasticsearch_ca_file, "",
                       "The certificates to trust, in a PEM file. Empty: the system's.",
                       "/etc/sluice/ca.pem"));
  table.push_back(Text("elasticsearch.certificate_file", &C::elasticsearch_certificate_file, "",
                       "A client certificate, in a PEM file.", "/etc/sluice/client.pem"));
  table.push_back(Text("elasticsearch.key_file", &C::elasticsearch_key_file, "",
                       "The client certificate's private key, in a PEM file.",
                       "/etc/sluice/client.key"));
  table.push_back(Boolean("elasticsearch.gzip", &C::elasticsearch_gzip, "false",
                          "Whether requests are compressed. It costs processor time and helps only "
                          "on slow networks."));
  table.push_back(Duration("elasticsearch.connect.timeout", &C::elasticsearch_connect_timeout_us,
                           "10s", 100 * kMs, 5 * kMinute, "For a connection to one node."));
  table.push_back(Duration("elasticsearch.request.timeout", &C::elasticsearch_request_timeout_us,
                           "60s", 100 * kMs, 30 * kMinute,
                           "For one request from its first byte to its answer. What has no answer "
                           "by then is sent again."));
  table.push_back(Duration(
      "elasticsearch.bulk.timeout", &C::elasticsearch_bulk_timeout_us, "30s", 100 * kMs,
      30 * kMinute, "How long the cluster waits for an unavailable shard before it answers."));
}

void AddIndices(std::vector<Option>& table) {
  table.push_back(Map("index.names", &C::index_names,
                      "Topics whose index is not called like them. By default the name is the "
                      "topic's in lower case.",
                      "{cdc.public.users: users}"));
  table.push_back(Tree("index.settings", &C::index_settings,
                       "Settings of an index that is created because it is missing, as the create "
                       "index API takes them under settings.",
                       "{number_of_shards: 3, number_of_replicas: 1}"));
  table.push_back(Tree("index.mappings", &C::index_mappings,
                       "Mappings of an index that is created because it is missing, as the create "
                       "index API takes them under mappings.",
                       "{properties: {email: {type: keyword}}}"));
  table.push_back(Boolean("index.allow_pipelines", &C::index_allow_pipelines, "false",
                          "Whether an index may have a default or final ingest pipeline. One that "
                          "changes or drops documents makes index and table differ."));
  table.push_back(Choice("index.deletes", &C::index_deletes, "hard", {"hard", "soft"},
                         "hard deletes a row's document. soft leaves a stub, which holds its "
                         "version against late copies of older writes and which the alias hides "
                         "from searches (a GET by id shows it); `sluice purge` removes old ones."));
  table.push_back(Text("control.index", &C::control_index, "sluice-control",
                       "The index that keeps one small document for each index: which topic, "
                       "partitions and keys its versions are made of. What does not fit halts; see "
                       "`sluice control`."));
  table.push_back(
      Text("divergent.index", &C::divergent_index, "sluice-divergent",
           "The alias of the index that keeps one small document for each divergent id: "
           "its row was written without a value that nobody had, or it has a dead "
           "letter. Made when the first one comes."));
  table.push_back(Integer("divergent.max.ids", &C::divergent_max_ids, "20000", 1, 10'000'000,
                          "Divergent ids of all indices that are kept in memory, per worker. More "
                          "of them halt."));
}

void AddBulk(std::vector<Option>& table) {
  table.push_back(
      Bytes("bulk.max.bytes", &C::bulk_max_bytes, "8MiB", 4 * kKiB, 100 * kMiB,
            "The largest request. Its size begins with 1MiB and is doubled while that "
            "brings more bytes a second, up to this and to a share of "
            "pipeline.queue.max.bytes (that of a worker, divided by bulk.max.in.flight + 2); it is "
            "halved when the node is overloaded or refuses it as too large."));
  table.push_back(Integer("bulk.max.documents", &C::bulk_max_documents, "10000", 1, 1'000'000,
                          "A request is sent when it has reached this many operations."));
  table.push_back(Duration("bulk.linger", &C::bulk_linger_us, "5ms", 0, 1 * kMinute,
                           "A request is sent when it has reached this age."));
  table.push_back(Integer("bulk.max.in.flight", &C::bulk_max_in_flight, "4", 1, 64,
                          "Requests that one worker has open at once."));
  table.push_back(Bytes("bulk.document.max.bytes", &C::document_max_bytes, "50MiB", 4 * kKiB,
                        100 * kMiB, "A larger document becomes a dead letter."));
}

void AddPipeline(std::vector<Option>& table) {
  table.push_back(Integer("pipeline.workers", &C::workers, "1", 1, 64,
                          "Threads, each with its own consumer and connections. More than the "
                          "topics have partitions are idle."));
  table.push_back(Bytes("pipeline.queue.max.bytes", &C::pipeline_queue_max_bytes, "24MiB", 1 * kMiB,
                        4 * kGiB,
                        "Documents that wait or are under way, per worker. Above it nothing is "
                        "read."));
  table.push_back(Integer("pipeline.poll.max.records", &C::pipeline_poll_max_records, "1000", 1,
                          100'000, "Records taken in one turn of a worker's loop."));
  table.push_back(Duration("pipeline.revoke.timeout", &C::pipeline_revoke_timeout_us, "30s",
                           100 * kMs, 1 * kHour,
                           "When partitions move to another member, the longest time for finishing "
                           "what is under way. Shorter than kafka.max.poll.interval."));
  table.push_back(All(Bytes("memory.limit", &C::memory_limit_bytes, "0B", 0, 1024 * kGiB,
                            "The memory that the process may use. Limits whose sum is larger are "
                            "refused at start. 0B: what the container has, else the machine.")));
  table.push_back(
      All(Duration("retry.backoff.first", &C::backoff_first_us, "100ms", 1 * kMs, 1 * kMinute,
                   "The first wait is drawn between zero and this; it doubles with each "
                   "failure.")));
  table.push_back(
      All(Duration("retry.backoff.max", &C::backoff_max_us, "30s", 1 * kMs, 1 * kHour,
                   "The longest wait. Retries have no end; readiness names the reason.")));
  table.push_back(
      Reading(Duration("commit.interval", &C::commit_interval_us, "1s", 10 * kMs, 10 * kMinute,
                       "Time between two commits of offsets. After a crash, what was written "
                       "since the last one is written again, to the same result.")));
  table.push_back(Duration(
      "delivery.window.allowance", &C::window_allowance_us, "45s", 0, 1 * kHour,
      "Added to kafka.session.timeout, elasticsearch.request.timeout and "
      "elasticsearch.bulk.timeout: for so long after its outcome became unknown a copy of a write "
      "may still be applied, and a delete of its document is sent once more when that has "
      "passed."));
}

void AddDeadLetters(std::vector<Option>& table) {
  table.push_back(Text("dead_letters.topic", &C::dead_letters_topic, "sluice.dead-letters",
                       "The topic that takes records which cannot be applied. An offset moves past "
                       "such a record only after the broker has acknowledged its dead letter."));
  table.push_back(Reading(
      Boolean("dead_letters.include_error_text", &C::dead_letters_include_error_text, "false",
              "Whether the cluster's error text is added to a dead letter. It can hold "
              "values of the document.")));
  table.push_back(
      Reading(Integer("dead_letters.max.open", &C::dead_letters_max_open, "1000", 1, 100'000,
                      "Dead letters not yet acknowledged, per worker. Above it nothing is "
                      "read.")));
  table.push_back(
      All(Share("dead_letters.max_share", &C::dead_letters_max_share_ppm, "0.1",
                "Which part of the last 10,000 records of a worker may be refused. More of "
                "them halt, so that a topic whose records do not fit its index does not "
                "drain into the dead letters. Records that were not read yet count as "
                "good. 1: no limit.")));
  table.push_back(
      Reading(Bytes("dead_letters.queue.max.bytes", &C::dead_letters_queue_max_bytes, "4MiB",
                    64 * kKiB, 1 * kGiB, "Memory for dead letters under way, per worker.")));
  table.push_back(Reading(
      Bytes("dead_letters.max.bytes", &C::dead_letters_max_bytes, "10MiB", 1 * kKiB, 1 * kGiB,
            "A larger dead letter holds a reference to its record instead of the "
            "content.")));
}

void AddOperation(std::vector<Option>& table) {
  table.push_back(All(Duration("shutdown.timeout", &C::shutdown_timeout_us, "60s", 0, 1 * kHour,
                               "How long a stop waits until what was read is written. Past it the "
                               "process commits what is done and ends with exit code 1.")));
  table.push_back(
      All(Choice("on_halt", &C::on_halt, "exit", {"exit", "stay"},
                 "exit ends with code 3; stay keeps the HTTP endpoints up, not ready, until "
                 "the process is stopped, and ends with code 3 then.")));
  table.push_back(All(
      Text("http.address", &C::http_address, "127.0.0.1", "The IP address that HTTP listens on.")));
  table.push_back(All(Integer("http.port", &C::http_port, "8690", 0, 65'535,
                              "The port that HTTP listens on. 0: any free one, told in the log.")));
  table.push_back(
      All(Duration("http.stalled.after", &C::health_stalled_after_us, "60s", 1 * kSecond, 1 * kHour,
                   "With records waiting and none settled for that long, /readyz says "
                   "no.")));
  table.push_back(
      All(Duration("http.turn.max", &C::health_turn_max_us, "30s", 1 * kSecond, 1 * kHour,
                   "A worker's loop that has not turned for that long makes /livez say "
                   "no.")));
  table.push_back(All(Choice("log.level", &C::log_level, "info",
                             {"trace", "debug", "info", "warn", "error", "off"},
                             "The least severe lines that are written.")));
  table.push_back(All(Choice("log.format", &C::log_format, "text", {"text", "json"},
                             "text for people, json for machines; one line an event either way.")));
}

}  // namespace

std::vector<Option> IndexOptions() {
  std::vector<Option> options;
  AddKafka(options);
  AddEvents(options);
  AddElasticsearch(options);
  AddIndices(options);
  AddBulk(options);
  AddPipeline(options);
  AddDeadLetters(options);
  AddOperation(options);
  return options;
}

}  // namespace sluice::config
