#include "sink/retention.hpp"

#include <algorithm>
#include <exception>
#include <system_error>
#include <vector>

#include <sys/stat.h>

#include "base/log.hpp"
#include "base/thread_name.hpp"
#include "sink/file_sink.hpp"

namespace xpc::sink {
namespace {

namespace fs = std::filesystem;

struct Object {
    fs::path path;
    base::WallTime written;
    std::uint64_t bytes = 0;
    bool is_settled = false;  ///< no spool file is the same file any more
};

std::vector<Object> oldest_first(const fs::path& objects_dir) {
    std::vector<Object> objects;
    std::error_code error;
    for (fs::recursive_directory_iterator it(objects_dir, error), end; !error && it != end;
         it.increment(error)) {
        struct ::stat status{};
        if (::lstat(it->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
        objects.push_back(
            {.path = it->path(),
             .written = base::WallTime(std::chrono::seconds(status.st_mtim.tv_sec) +
                                       std::chrono::nanoseconds(status.st_mtim.tv_nsec)),
             .bytes = static_cast<std::uint64_t>(status.st_size),
             .is_settled = status.st_nlink == 1});
    }
    if (error) {
        base::log::warning("object.not_removed",
                           {{"path", objects_dir.native()}, {"cause", error.message()}});
    }
    std::ranges::sort(objects, {}, &Object::written);
    return objects;
}

}  // namespace

void enforce_retention(const fs::path& objects_dir, const RetentionLimits& limits,
                       base::WallTime now) noexcept {
    try {
        const auto objects = oldest_first(objects_dir);
        std::uint64_t bytes = 0;
        for (const Object& object : objects)
            bytes += object.bytes;
        for (const Object& object : objects) {
            const bool is_old = limits.age.count() > 0 && now - object.written > limits.age;
            const bool is_too_much = limits.bytes > 0 && bytes > limits.bytes;
            if (!is_old && !is_too_much) break;
            if (!object.is_settled) continue;
            const char* const limit = is_old ? "delivery.keep_for" : "delivery.keep_size";
            if (!remove_object(objects_dir, object.path)) continue;
            bytes -= object.bytes;
            base::log::info(
                "object.expired",
                {{"path", object.path.native()}, {"bytes", object.bytes}, {"limit", limit}});
        }
    } catch (const std::exception& failed) {  // no memory for the list: the next round
        base::log::warning("object.not_removed",
                           {{"path", objects_dir.native()}, {"cause", failed.what()}});
    }
}

RetentionKeeper::RetentionKeeper(const fs::path& objects_dir, const RetentionLimits& limits) {
    if (limits.age.count() == 0 && limits.bytes == 0) return;
    thread_ = std::jthread([this, objects_dir, limits] {
        base::name_thread("retention");
        constexpr std::chrono::minutes pause{1};
        do {
            enforce_retention(objects_dir, limits, base::wall_now());
        } while (base::wait({}, stop_, base::in(pause)) == base::Woken::deadline);
    });
}

RetentionKeeper::~RetentionKeeper() {
    stop_.request();
}

}  // namespace xpc::sink
