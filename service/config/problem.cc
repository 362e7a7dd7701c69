#include "service/config/problem.h"

namespace sluice::config {

std::string Problem::ToString() const {
  std::string text;
  for (const std::string* part : {&place, &path}) {
    if (!part->empty()) text += *part + ": ";
  }
  return text + message;
}

}  // namespace sluice::config
