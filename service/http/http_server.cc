#include "service/http/http_server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <string_view>

namespace sluice::http {
namespace {

struct SocketAddress {
  sockaddr_storage storage{};
  bool is_v6 = false;
};

bool ParseAddress(const ServerSettings& settings, SocketAddress& address) {
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (inet_pton(AF_INET, settings.address.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(settings.port);
    return true;
  }
  if (inet_pton(AF_INET6, settings.address.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(settings.port);
    address.is_v6 = true;
    return true;
  }
  return false;
}

}  // namespace

class HttpServer::Daemon {
 public:
  explicit Daemon(Handler handler) : handler_(std::move(handler)) {}
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon() {
    if (daemon_ != nullptr) MHD_stop_daemon(daemon_);
  }

  bool Start(const ServerSettings& settings, const SocketAddress& address) {
    unsigned flags = MHD_USE_AUTO_INTERNAL_THREAD | MHD_USE_ITC;
    if (address.is_v6) flags |= MHD_USE_IPv6;
    daemon_ = MHD_start_daemon(
        flags, settings.port, nullptr, nullptr, &Daemon::Answer, this, MHD_OPTION_SOCK_ADDR,
        &address.storage, MHD_OPTION_CONNECTION_LIMIT, settings.connections_max,
        MHD_OPTION_CONNECTION_TIMEOUT, settings.timeout_seconds, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        size_t{16} * 1024, MHD_OPTION_EXTERNAL_LOGGER, &Daemon::DropLog, nullptr, MHD_OPTION_END);
    return daemon_ != nullptr;
  }

  [[nodiscard]] uint16_t port() const {
    const MHD_DaemonInfo* info = MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_BIND_PORT);
    return info == nullptr ? uint16_t{0} : info->port;
  }

 private:
  // What clients do wrong is their business; it must not fill our log.
  static void DropLog(void*, const char*, va_list) {}

  static MHD_Result Answer(void* self, MHD_Connection* connection, const char* url,
                           const char* method, const char*, const char*, size_t* upload_bytes,
                           void** state) {
    // The first call comes before a body was read; an answer given then would end keep-alive.
    static char seen;
    if (*state == nullptr) {
      *state = &seen;
      return MHD_YES;
    }
    if (*upload_bytes != 0) {
      *upload_bytes = 0;  // a body on a GET is read and forgotten
      return MHD_YES;
    }
    const std::string_view verb(method);
    if (verb != MHD_HTTP_METHOD_GET && verb != MHD_HTTP_METHOD_HEAD) {
      Reply reply;
      reply.status = MHD_HTTP_METHOD_NOT_ALLOWED;
      reply.body = "only GET and HEAD\n";
      return Send(connection, reply, true);
    }
    Request request;
    request.path = url;
    request.verbose =
        MHD_lookup_connection_value_n(connection, MHD_GET_ARGUMENT_KIND, "verbose",
                                      std::strlen("verbose"), nullptr, nullptr) == MHD_YES;
    return Send(connection, static_cast<Daemon*>(self)->handler_(request), false);
  }

  static MHD_Result Send(MHD_Connection* connection, const Reply& reply, bool refused) {
    // The library frees nothing and changes nothing in a MUST_COPY buffer.
    MHD_Response* response = MHD_create_response_from_buffer(
        reply.body.size(), const_cast<char*>(reply.body.data()), MHD_RESPMEM_MUST_COPY);
    if (response == nullptr) return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, reply.content_type.c_str());
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (refused) MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    const MHD_Result queued =
        MHD_queue_response(connection, static_cast<unsigned>(reply.status), response);
    MHD_destroy_response(response);
    return queued;
  }

  const Handler handler_;
  MHD_Daemon* daemon_ = nullptr;
};

HttpServer::HttpServer(std::unique_ptr<Daemon> daemon) : daemon_(std::move(daemon)) {}

HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::Start(const ServerSettings& settings,
                                                      Handler handler) {
  SocketAddress address;
  if (!ParseAddress(settings, address)) {
    return Error{"HTTP cannot listen on \"" + settings.address + "\": not an IP address",
                 "set http.address to one, such as 127.0.0.1"};
  }
  auto daemon = std::make_unique<Daemon>(std::move(handler));
  errno = 0;
  if (!daemon->Start(settings, address)) {
    const std::string why = errno == 0 ? "unknown reason" : std::strerror(errno);
    return Error{"HTTP cannot listen on " + settings.address + " port " +
                     std::to_string(settings.port) + ": " + why,
                 "set http.port to a free port, or to 0 for any"};
  }
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(daemon)));
}

uint16_t HttpServer::port() const {
  return daemon_->port();
}

}  // namespace sluice::http
