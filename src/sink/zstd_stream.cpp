#include "sink/zstd_stream.hpp"

#include <string>

#include <zstd.h>

#include "base/error.hpp"

namespace xpc::sink {
namespace {

// What a frame looks back on, 1 MiB: a reader needs as much memory, and so does every capture that
// is packed. Twice as much packs captures hardly better.
constexpr int window_log = 20;

/// The result, if it is none of zstd's error codes.
std::size_t checked(std::size_t result) {
    if (ZSTD_isError(result) == 0) return result;
    throw base::Failure(base::Errc::no_memory,
                        std::string("compressing: ") + ZSTD_getErrorName(result));
}

}  // namespace

struct ZstdStream::Context {
    Context() : zstd(ZSTD_createCCtx()) {}

    ~Context() { ZSTD_freeCCtx(zstd); }

    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    Context(Context&&) = delete;
    Context& operator=(Context&&) = delete;

    /// Appends to `out` what the piece becomes.
    void pack(std::span<const std::byte> piece, ZSTD_EndDirective until,
              std::vector<std::byte>& out) const {
        out.resize(ZSTD_compressBound(piece.size()));
        ZSTD_inBuffer input{.src = piece.data(), .size = piece.size(), .pos = 0};
        ZSTD_outBuffer output{.dst = out.data(), .size = out.size(), .pos = 0};
        while (checked(ZSTD_compressStream2(zstd, &output, &input, until)) != 0) {
            out.resize(2 * out.size());
            output.dst = out.data();
            output.size = out.size();
        }
        out.resize(output.pos);
    }

    ZSTD_CCtx* zstd;
};

ZstdStream::ZstdStream() : context_(std::make_unique<Context>()) {
    if (context_->zstd == nullptr) {
        throw base::Failure(base::Errc::no_memory, "compressing: no memory");
    }
    checked(ZSTD_CCtx_setParameter(context_->zstd, ZSTD_c_checksumFlag, 1));
    checked(ZSTD_CCtx_setParameter(context_->zstd, ZSTD_c_windowLog, window_log));
}

ZstdStream::~ZstdStream() = default;

std::span<const std::byte> ZstdStream::pack(std::span<const std::byte> piece) {
    context_->pack(piece, ZSTD_e_flush, packed_);
    return packed_;
}

std::span<const std::byte> ZstdStream::finish() {
    context_->pack({}, ZSTD_e_end, packed_);
    return packed_;
}

}  // namespace xpc::sink
