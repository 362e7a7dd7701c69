#include "tests/tools/http_stub.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <string_view>
#include <tuple>
#include <utility>

#include "core/model/check.h"

namespace sluice::testing {
namespace {

/// A bound loopback socket; its port.
std::pair<int, uint16_t> Bind(uint16_t port) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  SLUICE_CHECK(descriptor >= 0, "there are sockets");
  const int yes = 1;
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  SLUICE_CHECK(bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0,
               "the loopback port is free");
  socklen_t size = sizeof(address);
  getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  return {descriptor, ntohs(address.sin_port)};
}

void CloseWithReset(int descriptor) {
  const linger now{1, 0};
  setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  close(descriptor);
}

/// The head of a request; what follows it is left to the caller.
StubRequest ReadHead(std::string_view head) {
  StubRequest request;
  const auto take = [&head](std::string_view until) {
    const size_t end = std::min(head.find(until), head.size());
    const std::string_view part = head.substr(0, end);
    head.remove_prefix(std::min(head.size(), end + until.size()));
    return std::string(part);
  };
  request.method = take(" ");
  request.target = take(" ");
  take("\r\n");
  while (!head.empty()) {
    std::string name = take(": ");
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    request.headers[name] = take("\r\n");
  }
  return request;
}

size_t ContentLength(const StubRequest& request) {
  const auto found = request.headers.find("content-length");
  size_t length = 0;
  if (found != request.headers.end())
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), length);
  return length;
}

}  // namespace

HttpStub::HttpStub(Handler handler, HeadHandler on_head, uint16_t port)
    : handler_(std::move(handler)), on_head_(std::move(on_head)) {
  std::tie(listener_, port_) = Bind(port);
  SLUICE_CHECK(listen(listener_, 64) == 0, "the port can be listened on");
  fcntl(listener_, F_SETFL, O_NONBLOCK);
  SLUICE_CHECK(pipe(stop_) == 0, "there are pipes");
  thread_ = std::thread([this] { Run(); });
}

HttpStub::~HttpStub() {
  const char stop = 's';
  SLUICE_CHECK(write(stop_[1], &stop, 1) == 1, "the pipe takes a byte");
  thread_.join();
  for (const Connection& connection : connections_) CloseWithReset(connection.descriptor);
  close(listener_);
  close(stop_[0]);
  close(stop_[1]);
}

std::vector<StubRequest> HttpStub::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

int HttpStub::connections() const {
  const std::lock_guard lock(mutex_);
  return accepted_;
}

size_t HttpStub::partial_bytes() const {
  const std::lock_guard lock(mutex_);
  return partial_bytes_;
}

void HttpStub::Run() {
  for (;;) {
    std::vector<pollfd> polled{{stop_[0], POLLIN, 0}, {listener_, POLLIN, 0}};
    for (const Connection& connection : connections_) {
      const int events = (connection.deaf ? 0 : POLLIN) | (connection.out.empty() ? 0 : POLLOUT);
      polled.push_back({connection.descriptor, static_cast<short>(events), 0});
    }
    if (poll(polled.data(), polled.size(), -1) < 0) continue;
    if (polled[0].revents != 0) return;
    std::vector<Connection> kept;
    for (size_t i = 0; i < connections_.size(); ++i) {
      Connection& connection = connections_[i];
      const short events = polled[i + 2].revents;
      bool open = (events & (POLLERR | POLLNVAL)) == 0;
      if (open && (events & (POLLIN | POLLHUP)) != 0 && !connection.deaf) open = Read(connection);
      if (open && !connection.out.empty()) open = Write(connection);
      const bool over = connection.out.empty() && (connection.then == StubReply::Then::kClose ||
                                                   connection.then == StubReply::Then::kReset);
      if (open && !over) {
        kept.push_back(std::move(connection));
      } else if (connection.then == StubReply::Then::kReset) {
        CloseWithReset(connection.descriptor);
      } else {
        close(connection.descriptor);
      }
    }
    connections_ = std::move(kept);
    if (polled[1].revents != 0) Accept();
  }
}

void HttpStub::Accept() {
  const int descriptor = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (descriptor < 0) return;
  const std::lock_guard lock(mutex_);
  Connection connection;
  connection.descriptor = descriptor;
  connection.number = ++accepted_;
  connections_.push_back(std::move(connection));
}

bool HttpStub::Read(Connection& connection) {
  char buffer[65536];
  const ssize_t count = recv(connection.descriptor, buffer, sizeof(buffer), 0);
  if (count == 0) return false;
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  connection.in.append(buffer, static_cast<size_t>(count));
  return Serve(connection);
}

bool HttpStub::Serve(Connection& connection) {
  const size_t head_end = connection.in.find("\r\n\r\n");
  if (head_end == std::string::npos || connection.then) return true;
  StubRequest request = ReadHead(std::string_view(connection.in).substr(0, head_end + 2));
  request.connection = connection.number;
  if (!connection.head_seen) {
    connection.head_seen = true;
    if (const auto early = on_head_ ? on_head_(request) : std::nullopt) {
      connection.deaf = true;
      Answer(connection, *early);
      return true;
    }
    if (request.headers.contains("expect")) connection.out += "HTTP/1.1 100 Continue\r\n\r\n";
  }
  const size_t length = ContentLength(request);
  const size_t begin = head_end + 4;
  {
    const std::lock_guard lock(mutex_);
    partial_bytes_ = connection.in.size() - begin < length ? connection.in.size() - begin : 0;
  }
  if (connection.in.size() - begin < length) return true;
  request.body = connection.in.substr(begin, length);
  connection.in.erase(0, begin + length);
  connection.head_seen = false;
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
  }
  Answer(connection, handler_(request));
  return true;
}

void HttpStub::Answer(Connection& connection, const StubReply& reply) {
  std::string text;
  if (reply.status != 0) {
    text = "HTTP/1.1 " + std::to_string(reply.status) + " Stub\r\n";
    for (const std::string& line : reply.headers) text += line + "\r\n";
    text += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n\r\n" + reply.body;
  }
  connection.out += text.substr(0, reply.send_bytes_max);
  if (reply.then != StubReply::Then::kKeep) connection.then = reply.then;
  if (connection.then) connection.deaf = true;
}

bool HttpStub::Write(Connection& connection) {
  const ssize_t count =
      send(connection.descriptor, connection.out.data(), connection.out.size(), MSG_NOSIGNAL);
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  connection.out.erase(0, static_cast<size_t>(count));
  return true;
}

ClosedPort::ClosedPort() {
  std::tie(descriptor_, port_) = Bind(0);
}

ClosedPort::~ClosedPort() {
  close(descriptor_);
}

}  // namespace sluice::testing
