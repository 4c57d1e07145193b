#include "job/spool_check.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "base/text.hpp"
#include "job/spool_files.hpp"
#include "job/spool_remains.hpp"

namespace xpc::job {
namespace {

using base::Errc;
using base::Error;
using base::Failure;
using base::text;

struct Size {
    std::uint64_t frames = 0;
    std::uint64_t bytes = 0;
};

struct Left {
    Size size;           ///< no bytes: the file is of no use
    std::string damage;  ///< empty: none
};

/// "4,196 of 4,233 bytes"
std::string share(std::uint64_t part, std::uint64_t all, const char* what) {
    return text(base::grouped(part), " of ", base::grouped(all), ' ', what);
}

Left cut_to_what_is_left(const std::filesystem::path& path, Size had) {
    const auto found = look_at_spool(path, had.bytes);
    if (!found) return {.size = {}, .damage = "is empty, or gone"};
    if (!found->whole) {
        return {.size = {}, .damage = text("can not be read (", found->whole.error().message, ')')};
    }
    const auto [whole_bytes, frames] = *found->whole;
    if (whole_bytes == had.bytes) return {.size = had, .damage = {}};
    cut_spool(path, whole_bytes);
    return {.size = {.frames = std::min(frames, had.frames), .bytes = whole_bytes},
            .damage = text("was damaged: what can be read of it is ",
                           share(whole_bytes, had.bytes, "bytes"), ", with ",
                           share(frames, had.frames, "packets"))};
}

void count(Counters& counters, Size had, Size left) {
    const std::uint64_t lost = std::min(had.frames - left.frames, counters.captured);
    counters.captured -= lost;
    counters.dropped_disk += lost;
    counters.bytes -= std::min(had.bytes - left.bytes, counters.bytes);
}

std::string check_file(Job& job, const std::filesystem::path& path) {
    const Size had{.frames = job.counters.captured, .bytes = job.counters.bytes};
    const Left left = cut_to_what_is_left(path, had);
    if (left.damage.empty()) return {};
    auto damage = text("spool ", path.native(), ' ', left.damage);
    if (left.size.bytes == 0) throw Failure(Errc::corrupt, std::move(damage));
    count(job.counters, had, left.size);
    return damage;
}

std::string check_segments(Job& job, const std::filesystem::path& spool_dir, Store& store) {
    std::string damage;
    for (Segment& segment : job.objects) {
        if (segment.delivery == Delivery::delivered) continue;
        const auto path = segment_spool_path(spool_dir, job.id, segment.number);
        const Size had{.frames = segment.frames, .bytes = segment.bytes};
        const Left left = cut_to_what_is_left(path, had);
        if (left.damage.empty()) continue;
        damage += text(damage.empty() ? "" : "; ", "spool ", path.native(), ' ', left.damage);
        count(job.counters, had, left.size);
        segment.frames = left.size.frames;
        segment.bytes = left.size.bytes;
        if (segment.bytes > 0) {
            store.put_segment(job.id, segment);
            continue;
        }
        if (std::filesystem::exists(path)) {
            damage += text(", and is kept as ", set_spool_aside(path).native());
        }
        store.remove_segment(job.id, segment.number);
    }
    std::erase_if(job.objects, [](const Segment& segment) { return segment.bytes == 0; });
    if (job.objects.empty() && !damage.empty()) throw Failure(Errc::corrupt, std::move(damage));
    return damage;
}

}  // namespace

std::optional<Error> check_spool(Job& job, const std::filesystem::path& spool_dir, Store& store) {
    std::string damage = is_segmented(job.request) ? check_segments(job, spool_dir, store)
                                                   : check_file(job, spool_path(spool_dir, job.id));
    if (damage.empty()) return std::nullopt;
    return Error{.errc = Errc::corrupt, .message = std::move(damage), .field = {}};
}

}  // namespace xpc::job
