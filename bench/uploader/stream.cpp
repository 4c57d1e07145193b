#include "uploader/stream.hpp"

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/stop.hpp"

namespace xpc::bench {
namespace {

/// How long the writers may take to free a part before it is looked for again.
constexpr std::chrono::milliseconds pause_for_a_part{5};

/// A pipe can wait for the disk, so it does before the writers think that it could not, and take
/// the page cache's way.
sink::PartRef take_part(sink::PartPool& pool, sink::PartAccount& account) {
    for (;;) {
        if (!pool.is_half_out(1)) {
            if (auto part = pool.try_take(account)) return std::move(*part);
        }
        const base::Stop nobody;
        [[maybe_unused]] const auto woken = base::wait({}, nobody, base::in(pause_for_a_part));
    }
}

/// Fewer turns between the two ends of a pipe; the most that users may have (fs.pipe-max-size).
constexpr int pipe_bytes = 1 << 20;

/// How much came; less than there is room for where the stream ends.
std::size_t fill(base::Fd from, std::span<std::byte> room) {
    std::size_t filled = 0;
    while (filled < room.size()) {
        const ssize_t got = ::read(from.raw(), room.data() + filled, room.size() - filled);
        if (got == 0) break;
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw base::Failure::from_errno("reading", errno);
        filled += static_cast<std::size_t>(got);
    }
    return filled;
}

}  // namespace

std::uint64_t copy_stream(base::Fd from, sink::Spool& spool, sink::PartPool& pool,
                          const std::function<void(std::uint64_t)>& on_progress) {
    [[maybe_unused]] const int size =
        ::fcntl(from.raw(), F_SETPIPE_SZ, pipe_bytes);  // if it is one
    sink::PartAccount account;
    std::vector<sink::PartSlice> slices;
    for (bool is_last = false; !is_last;) {
        sink::PartSlice slice{.part = take_part(pool, account)};
        slice.end = fill(from, slice.part.memory());
        slice.whole_bytes = slice.end;
        is_last = slice.end < slice.part.memory().size();
        if (slice.end > 0) slices.push_back(std::move(slice));
        if (slices.size() < pool.batch_parts() && !is_last && !pool.is_scarce()) continue;
        if (!slices.empty()) spool.put(slices);
        slices.clear();
        on_progress(spool.progress().written_bytes);
    }
    const auto last = spool.close();
    if (last.error) throw base::Failure(*last.error);
    return last.written_bytes;
}

}  // namespace xpc::bench
