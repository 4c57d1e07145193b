#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace xpc::sink {

/// Packs a file piece by piece, as one zstd frame with a checksum (RFC 8878). One, since Wireshark
/// 4.0 takes the second frame of a file for damage where the first one does not pack well. The
/// same pieces in the same order are packed to the same bytes.
/// Errors:  Failure(no_memory).
/// Threads: one at a time.
class ZstdStream {
public:
    ZstdStream();
    ~ZstdStream();
    ZstdStream(const ZstdStream&) = delete;
    ZstdStream& operator=(const ZstdStream&) = delete;
    ZstdStream(ZstdStream&&) = delete;
    ZstdStream& operator=(ZstdStream&&) = delete;

    /// All that the piece becomes. Lifetime: until the next call.
    [[nodiscard]] std::span<const std::byte> pack(std::span<const std::byte> piece);

    /// The end of the frame. Nothing can be packed afterwards. Lifetime: likewise.
    [[nodiscard]] std::span<const std::byte> finish();

private:
    struct Context;
    std::unique_ptr<Context> context_;
    std::vector<std::byte> packed_;
};

}  // namespace xpc::sink
