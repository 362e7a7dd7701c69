#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace sluice::testing {

struct StubRequest {
  std::string method;
  std::string target;                          ///< Path and query.
  std::map<std::string, std::string> headers;  ///< Names in lower case.
  std::string body;
  int connection = 0;  ///< Counts from 1: requests of one connection have the same number.
};

struct StubReply {
  enum class Then : uint8_t {
    kKeep,   ///< The connection stays open.
    kClose,  ///< Closed in order.
    kReset,  ///< Broken off: the client sees a reset.
    kStall,  ///< Nothing more is sent or read; the connection stays.
  };
  int status = 200;  ///< 0: no byte of a reply is sent, only `then` happens.
  std::string body;
  std::vector<std::string> headers;  ///< Whole lines without their end.
  size_t send_bytes_max = SIZE_MAX;  ///< Of the reply's text; less: it is cut off there.
  Then then = Then::kKeep;
};

/// A small HTTP/1.1 server on a free loopback port that says what the test wants said, also what no
/// server should.
///
/// Threads:   its own; handlers run there. All calls from the test's thread.
/// Ownership: owns its sockets.
/// Time:      the constructor returns when it listens, the destructor when all is closed.
/// Errors:    aborts when there is no free port.
class HttpStub {
 public:
  using Handler = std::function<StubReply(const StubRequest&)>;
  /// Called when only the head of a request has arrived; a reply ends the reading of that
  /// connection: its body is never read.
  using HeadHandler = std::function<std::optional<StubReply>(const StubRequest&)>;

  explicit HttpStub(Handler handler, HeadHandler on_head = {}, uint16_t port = 0);
  ~HttpStub();
  HttpStub(const HttpStub&) = delete;
  HttpStub& operator=(const HttpStub&) = delete;

  [[nodiscard]] uint16_t port() const { return port_; }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  /// What has arrived whole so far.
  [[nodiscard]] std::vector<StubRequest> requests() const;
  [[nodiscard]] int connections() const;
  /// Bytes of bodies of requests that have not arrived whole.
  [[nodiscard]] size_t partial_bytes() const;

 private:
  struct Connection {
    int descriptor = -1;
    int number = 0;
    std::string in;
    std::string out;
    bool head_seen = false;
    bool deaf = false;                    // reads nothing more
    std::optional<StubReply::Then> then;  // once `out` is sent
  };

  void Run();
  void Accept();
  bool Read(Connection& connection);
  bool Write(Connection& connection);
  bool Serve(Connection& connection);
  void Answer(Connection& connection, const StubReply& reply);

  const Handler handler_;
  const HeadHandler on_head_;
  int listener_ = -1;
  int stop_[2] = {-1, -1};
  uint16_t port_ = 0;
  std::vector<Connection> connections_;
  mutable std::mutex mutex_;
  std::vector<StubRequest> requests_;
  int accepted_ = 0;
  size_t partial_bytes_ = 0;
  std::thread thread_;
};

/// A loopback port on which nobody listens, for as long as this lives.
class ClosedPort {
 public:
  ClosedPort();
  ~ClosedPort();
  ClosedPort(const ClosedPort&) = delete;
  ClosedPort& operator=(const ClosedPort&) = delete;

  [[nodiscard]] uint16_t port() const { return port_; }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  int descriptor_ = -1;
  uint16_t port_ = 0;
};

}  // namespace sluice::testing
