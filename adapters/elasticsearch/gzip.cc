#include "adapters/elasticsearch/gzip.h"

#include <zlib.h>

#include "core/model/check.h"

namespace sluice::elasticsearch {

void Gzip(std::string_view text, std::string& out) {
  constexpr int kGzipWindow = 15 + 16;  // zlib: 16 more asks for the gzip framing
  constexpr int kMemoryLevel = 8;
  z_stream stream{};
  SLUICE_CHECK(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, kMemoryLevel,
                            Z_DEFAULT_STRATEGY) == Z_OK,
               "zlib can compress");
  out.resize(deflateBound(&stream, text.size()));
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int done = deflate(&stream, Z_FINISH);
  SLUICE_CHECK(done == Z_STREAM_END, "deflateBound() is enough");
  out.resize(stream.total_out);
  deflateEnd(&stream);
}

}  // namespace sluice::elasticsearch
