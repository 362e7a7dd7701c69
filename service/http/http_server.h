#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/model/result.h"

namespace sluice::http {

struct Request {
  std::string path;      ///< "/readyz", without the query.
  bool verbose = false;  ///< Whether the query has `verbose`.
};

struct Reply {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

/// Answers a request. Called from the server's own threads.
using Handler = std::function<Reply(const Request&)>;

struct ServerSettings {
  std::string address = "127.0.0.1";  ///< IPv4 or IPv6.
  uint16_t port = 8690;               ///< 0: any free one.
  unsigned connections_max = 64;
  unsigned timeout_seconds = 10;  ///< Of a silent connection.
};

/// The small window through which machines and people look in: plain HTTP, GET and HEAD only,
/// nothing can be changed through it.
///
/// Threads:   Start() and destruction on one; one thread of the library's own answers.
/// Ownership: the handler is kept until destruction.
/// Time:      Start() binds and returns; destruction waits for the request being answered.
/// Errors:    a port that cannot be bound is Start()'s error.
class HttpServer {
 public:
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> Start(const ServerSettings& settings,
                                                                 Handler handler);
  ~HttpServer();

  /// The port that is listened on.
  [[nodiscard]] uint16_t port() const;

 private:
  class Daemon;
  explicit HttpServer(std::unique_ptr<Daemon> daemon);

  std::unique_ptr<Daemon> daemon_;
};

}  // namespace sluice::http
