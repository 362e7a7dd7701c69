#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/null_sink/http_request.h"

namespace sluice::bench {

/// What to do with a request.
struct HttpReply {
  int status = 200;
  std::string body;
  int64_t delay_us = 0;  ///< Sent that much later.
  bool reset = false;    ///< Nothing is sent; the connection is torn down with a TCP reset.
};

/// An HTTP/1.1 server for one machine: keep-alive, requests with a length, nothing else.
///
/// Threads:   one; Run() is the loop.
/// Ownership: the handler's views live until it returns; each connection recycles its buffers.
/// Time:      Run() blocks until SIGTERM or SIGINT arrives.
/// Errors:    the constructor throws when it cannot listen; a broken connection is closed.
class HttpServer {
 public:
  using Handler = std::function<void(const HttpRequest&, HttpReply&)>;

  HttpServer(uint16_t port, Handler handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  [[nodiscard]] uint16_t port() const { return port_; }
  [[nodiscard]] uint64_t connections() const { return connections_; }
  void Run();

 private:
  struct Connection {
    int descriptor = -1;
    uint64_t serial = 0;
    std::unique_ptr<char[]> received;
    size_t capacity = 0;
    size_t used = 0;
    HttpReply reply;
    std::string head;
    size_t sent = 0;
    size_t request_bytes = 0;  ///< Of the request being answered.
    bool answering = false;
    bool watching_writes = false;
    bool continued = false;
    bool keep_alive = true;
  };

  void Accept();
  void Receive(Connection& connection);
  void Advance(Connection& connection);
  void StartReply(Connection& connection);
  void SendReply(Connection& connection);
  void FinishReply(Connection& connection);
  void WatchWrites(Connection& connection, bool wanted);
  void Close(Connection& connection, bool reset);
  int SendDue();  ///< Sends the delayed replies that are due; the milliseconds until the next.

  Handler handler_;
  int listener_ = -1;
  int epoll_ = -1;
  int signals_ = -1;
  uint16_t port_ = 0;
  uint64_t connections_ = 0;
  std::map<int, std::unique_ptr<Connection>> open_;
  std::multimap<int64_t, std::pair<int, uint64_t>> delayed_;  ///< Due time → descriptor, serial.
  std::vector<std::unique_ptr<Connection>> closed_;           ///< Freed after the current turn.
};

}  // namespace sluice::bench
