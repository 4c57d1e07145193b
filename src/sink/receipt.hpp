#pragma once

#include <cstdint>
#include <string>

namespace xpc::sink {

/// Proof of delivery: what the store itself said of the object after it was complete.
struct Receipt {
    std::string bucket;
    std::string key;
    std::uint64_t bytes = 0;
    std::string etag;    ///< as the store gives it, quotes removed
    std::string sha256;  ///< of the bytes that were sent, in hex; empty where none were: embedded
};

}  // namespace xpc::sink
