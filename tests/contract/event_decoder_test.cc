// The contract of EventDecoder, held by the fake and by each reader of real records.
#include <gtest/gtest.h>

#include "adapters/debezium/document_decoder.h"
#include "adapters/debezium/envelope_decoder.h"
#include "adapters/debezium/stream_decoder.h"
#include "tests/contract/event_decoder_contract.h"
#include "tests/fakes/fake_event_decoder.h"

namespace sluice::testing {
namespace {

class FakeHarness : public EventDecoderHarness {
 public:
  EventDecoder& decoder() override { return decoder_; }
  std::string Value(const std::string& object) override { return "u" + object; }

 private:
  FakeEventDecoder decoder_;
};

class EnvelopeHarness : public EventDecoderHarness {
 public:
  EventDecoder& decoder() override { return decoder_; }
  std::string Key(const std::string& text) override { return R"({"id":")" + text + "\"}"; }
  std::string Value(const std::string& object) override {
    return R"({"before":null,"after":)" + object + R"(,"source":{},"op":"u"})";
  }

 private:
  debezium::EnvelopeDecoder decoder_;
};

class DocumentHarness : public EventDecoderHarness {
 public:
  EventDecoder& decoder() override { return decoder_; }
  std::string Value(const std::string& object) override { return object; }

 private:
  debezium::DocumentDecoder decoder_;
};

/// A topic of documents beside others, the documents being in strings.
class StreamHarness : public EventDecoderHarness {
 public:
  EventDecoder& decoder() override { return decoder_; }
  std::string Key(const std::string& text) override { return "\"" + text + "\""; }
  std::string Value(const std::string& object) override {
    std::string quoted = "\"";
    for (const char c : object) quoted += (c == '"' ? "\\" : "") + std::string(1, c);
    return quoted + "\"";
  }

 private:
  debezium::StreamDecoder decoder_{{{}, {}, "t"}};
};

template <class Harness>
MakeEventDecoder Of() {
  return [] { return std::make_unique<Harness>(); };
}

INSTANTIATE_TEST_SUITE_P(Fake, EventDecoderContract, ::testing::Values(Of<FakeHarness>()),
                         [](const auto&) { return "fake"; });
INSTANTIATE_TEST_SUITE_P(Envelopes, EventDecoderContract, ::testing::Values(Of<EnvelopeHarness>()),
                         [](const auto&) { return "envelopes"; });
INSTANTIATE_TEST_SUITE_P(Documents, EventDecoderContract, ::testing::Values(Of<DocumentHarness>()),
                         [](const auto&) { return "documents"; });
INSTANTIATE_TEST_SUITE_P(Streams, EventDecoderContract, ::testing::Values(Of<StreamHarness>()),
                         [](const auto&) { return "streams"; });

}  // namespace
}  // namespace sluice::testing
