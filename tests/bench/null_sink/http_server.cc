#include "tests/bench/null_sink/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace sluice::bench {
namespace {

constexpr size_t kFirstCapacity = 256 * 1024;
constexpr size_t kReadBytes = 256 * 1024;
constexpr size_t kBodyBytesMax = 100 * 1024 * 1024;  // a search node's own default
constexpr size_t kHeadBytesMax = 64 * 1024;

int64_t NowUs() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void Require(bool held, const char* what) {
  if (!held) throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

const char* Phrase(int status) {
  return status < 300 ? "OK" : "Refused";
}

}  // namespace

HttpServer::HttpServer(uint16_t port, Handler handler) : handler_(std::move(handler)) {
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGTERM);
  sigaddset(&mask, SIGINT);
  sigprocmask(SIG_BLOCK, &mask, nullptr);
  signals_ = signalfd(-1, &mask, SFD_CLOEXEC);
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  Require(signals_ >= 0 && epoll_ >= 0 && listener_ >= 0, "descriptors");
  const int yes = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  Require(bind(listener_, reinterpret_cast<sockaddr*>(&address), length) == 0, "bind");
  Require(listen(listener_, 128) == 0, "listen");
  Require(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) == 0, "port");
  port_ = ntohs(address.sin_port);
  for (const int descriptor : {listener_, signals_}) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    Require(epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) == 0, "epoll_ctl");
  }
}

HttpServer::~HttpServer() {
  for (const auto& [descriptor, connection] : open_) close(descriptor);
  for (const int descriptor : {listener_, signals_, epoll_}) close(descriptor);
}

void HttpServer::Run() {
  std::array<epoll_event, 64> events;
  for (;;) {
    const int wait_ms = SendDue();
    closed_.clear();
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait_ms);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<size_t>(i)];
      if (event.data.fd == signals_) return;
      if (event.data.fd == listener_) {
        Accept();
        continue;
      }
      const auto found = open_.find(event.data.fd);
      if (found == open_.end()) continue;
      Connection& connection = *found->second;
      if ((event.events & EPOLLOUT) != 0 && connection.answering) SendReply(connection);
      if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && connection.descriptor >= 0) {
        Receive(connection);
      }
    }
  }
}

int HttpServer::SendDue() {
  while (!delayed_.empty()) {
    const int64_t wait_us = delayed_.begin()->first - NowUs();
    if (wait_us > 0) return static_cast<int>((wait_us + 999) / 1000);
    const auto [descriptor, serial] = delayed_.begin()->second;
    delayed_.erase(delayed_.begin());
    const auto found = open_.find(descriptor);
    if (found != open_.end() && found->second->serial == serial) SendReply(*found->second);
  }
  return -1;
}

void HttpServer::Accept() {
  for (;;) {
    const int descriptor = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) return;
    const int yes = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    auto connection = std::make_unique<Connection>();
    connection->descriptor = descriptor;
    connection->serial = ++connections_;
    connection->capacity = kFirstCapacity;
    connection->received = std::make_unique_for_overwrite<char[]>(kFirstCapacity);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event);
    open_.emplace(descriptor, std::move(connection));
  }
}

void HttpServer::Receive(Connection& connection) {
  if (connection.capacity - connection.used < kReadBytes) {
    const size_t capacity = connection.capacity * 2;
    auto grown = std::make_unique_for_overwrite<char[]>(capacity);
    std::memcpy(grown.get(), connection.received.get(), connection.used);
    connection.received = std::move(grown);
    connection.capacity = capacity;
  }
  const ssize_t count = recv(connection.descriptor, connection.received.get() + connection.used,
                             connection.capacity - connection.used, 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) {
    Close(connection, false);
    return;
  }
  connection.used += static_cast<size_t>(count);
  Advance(connection);
}

void HttpServer::Advance(Connection& connection) {
  if (connection.answering) return;  // a pipelined request waits for its turn
  const std::string_view received(connection.received.get(), connection.used);
  std::optional<HttpRequest> request = ParseHead(received);
  if (!request) {
    if (connection.used > kHeadBytesMax) Close(connection, false);
    return;
  }
  if (request->method.empty() || request->body_bytes > kBodyBytesMax) {
    Close(connection, false);
    return;
  }
  connection.request_bytes = request->head_bytes + request->body_bytes;
  if (connection.used < connection.request_bytes) {
    if (request->expects_continue && !connection.continued) {
      connection.continued = true;
      constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      if (send(connection.descriptor, kContinue.data(), kContinue.size(), MSG_NOSIGNAL) < 0) {
        Close(connection, false);
      }
    }
    return;
  }
  request->body = received.substr(request->head_bytes, request->body_bytes);
  connection.reply.status = 200;
  connection.reply.body.clear();
  connection.reply.delay_us = 0;
  connection.reply.reset = false;
  connection.keep_alive = request->keep_alive;
  if (request->supported) {
    handler_(*request, connection.reply);
  } else {
    connection.reply.status = 415;
    connection.reply.body = R"({"error":"this sink reads plain bodies with a length only"})";
  }
  if (request->method == "HEAD") connection.reply.body.clear();
  StartReply(connection);
}

void HttpServer::StartReply(Connection& connection) {
  const HttpReply& reply = connection.reply;
  if (reply.reset) {
    Close(connection, true);
    return;
  }
  connection.head = "HTTP/1.1 " + std::to_string(reply.status) + " " + Phrase(reply.status) +
                    "\r\nX-elastic-product: Elasticsearch\r\ncontent-type: application/json"
                    "\r\ncontent-length: " +
                    std::to_string(reply.body.size()) + "\r\n\r\n";
  connection.sent = 0;
  connection.answering = true;
  if (reply.delay_us > 0) {
    delayed_.emplace(NowUs() + reply.delay_us, std::pair(connection.descriptor, connection.serial));
  } else {
    SendReply(connection);
  }
}

void HttpServer::SendReply(Connection& connection) {
  const std::string& head = connection.head;
  const std::string& body = connection.reply.body;
  while (connection.sent < head.size() + body.size()) {
    std::array<iovec, 2> parts{};
    size_t used = 0;
    const auto add = [&](const std::string& text, size_t offset) {
      // sendmsg() does not write to what it sends; iovec has one pointer type for both ways.
      parts[used++] = {const_cast<char*>(text.data() + offset), text.size() - offset};
    };
    if (connection.sent < head.size()) add(head, connection.sent);
    const size_t body_sent = connection.sent > head.size() ? connection.sent - head.size() : 0;
    if (body_sent < body.size()) add(body, body_sent);
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = used;
    const ssize_t count = sendmsg(connection.descriptor, &message, MSG_NOSIGNAL);
    if (count < 0 && errno == EAGAIN) {
      WatchWrites(connection, true);
      return;
    }
    if (count < 0) {
      Close(connection, false);
      return;
    }
    connection.sent += static_cast<size_t>(count);
  }
  WatchWrites(connection, false);
  FinishReply(connection);
}

void HttpServer::FinishReply(Connection& connection) {
  connection.answering = false;
  connection.continued = false;
  if (!connection.keep_alive) {
    Close(connection, false);
    return;
  }
  const size_t rest = connection.used - connection.request_bytes;
  if (rest > 0) {
    std::memmove(connection.received.get(), connection.received.get() + connection.request_bytes,
                 rest);
  }
  connection.used = rest;
  if (rest > 0) Advance(connection);
}

void HttpServer::WatchWrites(Connection& connection, bool wanted) {
  if (connection.watching_writes == wanted) return;
  connection.watching_writes = wanted;
  epoll_event event{};
  event.events = wanted ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.fd = connection.descriptor;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.descriptor, &event);
}

void HttpServer::Close(Connection& connection, bool reset) {
  if (connection.descriptor < 0) return;
  if (reset) {
    const linger now{1, 0};
    setsockopt(connection.descriptor, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  }
  close(connection.descriptor);
  const auto found = open_.find(connection.descriptor);
  connection.descriptor = -1;
  closed_.push_back(std::move(found->second));
  open_.erase(found);
}

}  // namespace sluice::bench
