#pragma once

#include <libpq-fe.h>

#include <memory>
#include <string_view>

namespace sluice::postgres {

/// One message of a COPY, as the library hands it over.
class CopyBuffer {
 public:
  /// As PQgetCopyData without waiting: the size; 0 when there is none yet, -1 at the end, -2 for an
  /// error. Gives up the message before.
  int Take(PGconn* connection) {
    buffer_.reset();
    char* bytes = nullptr;
    size_ = PQgetCopyData(connection, &bytes, 1);
    buffer_.reset(bytes);
    return size_;
  }
  /// The same, waiting for the server.
  int Await(PGconn* connection) {
    buffer_.reset();
    char* bytes = nullptr;
    size_ = PQgetCopyData(connection, &bytes, 0);
    buffer_.reset(bytes);
    return size_;
  }

  [[nodiscard]] std::string_view bytes() const {
    return size_ > 0 ? std::string_view(buffer_.get(), static_cast<size_t>(size_))
                     : std::string_view();
  }
  [[nodiscard]] char* data() { return buffer_.get(); }

 private:
  struct Free {
    void operator()(char* bytes) const { PQfreemem(bytes); }
  };
  std::unique_ptr<char, Free> buffer_;
  int size_ = 0;
};

}  // namespace sluice::postgres
