#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <thread>

#include "base/error.hpp"
#include "base/guarded.hpp"
#include "base/stop.hpp"
#include "base/unique_fd.hpp"
#include "sink/growing_file.hpp"
#include "sink/growth.hpp"
#include "sink/sink.hpp"
#include "sink/spool_space.hpp"

namespace xpc::sink {

/// The file that the compressed form of a spool file is in, while it is delivered.
[[nodiscard]] std::filesystem::path compressed_path(const std::filesystem::path& spool_path);

/// Delivers a spool file compressed. It is packed while it grows, into a file beside it, which
/// another sink brings away likewise. The same bytes are packed to the same, so that an upload is
/// resumed after a crash.
/// Errors:   as the other sink's; Failure(io, …) where the compressed file can not be written, and
///           not_ready where that is for want of room. The spool file is as it was.
/// Bounds:   what is packed takes its room of the spool's, and waits for it.
/// Blocking: the destructor ends the thread within the time of one piece.
/// Threads:  one of its own.
class CompressingSink final : public Sink {
public:
    using Open = std::function<std::unique_ptr<Sink>(const std::filesystem::path& compressed)>;

    CompressingSink(std::filesystem::path spool_path, SpoolSpace* space, const Open& open);

    /// Removes the compressed file; its object, if there is one, stays.
    ~CompressingSink() override;
    CompressingSink(const CompressingSink&) = delete;
    CompressingSink& operator=(const CompressingSink&) = delete;
    CompressingSink(CompressingSink&&) = delete;
    CompressingSink& operator=(CompressingSink&&) = delete;

    void advance(std::uint64_t final_bytes) override;
    [[nodiscard]] Receipt finish(std::uint64_t total_bytes, const Labels& late_metadata,
                                 const base::Stop& stop) override;

private:
    void run();
    void pack_all();
    void append(std::span<const std::byte> packed);

    std::filesystem::path spool_path_;
    base::UniqueFd spool_;
    base::UniqueFd direct_;  ///< the same, past the page cache; may be invalid
    std::filesystem::path path_;
    PackingSpace space_;
    std::uint64_t packed_bytes_ = 0;  ///< the thread's, until it is joined
    std::unique_ptr<GrowingFile> file_;
    std::unique_ptr<Sink> next_;

    Growth growth_;
    base::Guarded<std::optional<base::Error>> error_;
    base::Stop done_;
    std::jthread thread_;  ///< last: it uses all of the above
};

}  // namespace xpc::sink
