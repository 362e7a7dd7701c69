#pragma once

#include <string>

#include "adapters/kafka/handles.h"
#include "adapters/kafka/settings.h"
#include "core/model/result.h"

namespace sluice::kafka {

/// Sets one librdkafka property; the error names the property and what the library says.
Status SetProperty(rd_kafka_conf_t& conf, const std::string& name, const std::string& value);

/// The library's configuration of each kind of client. Start-up only.
Result<Conf> MakeConsumerConf(const Settings& settings, const ConsumerSettings& consumer);
Result<Conf> MakeReaderConf(const Settings& settings, size_t queue_max_bytes);
Result<Conf> MakeProducerConf(const Settings& settings, const DeadLetterSettings& letters);
Result<Conf> MakePublisherConf(const Settings& settings, const PublisherSettings& publisher);
Result<Conf> MakeAdminConf(const Settings& settings);

/// Creates a client, which connects in the background. Start-up only.
Result<Client> MakeClient(rd_kafka_type_t type, Conf conf);

}  // namespace sluice::kafka
