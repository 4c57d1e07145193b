#include "job/job_limits.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace xpc::job {
namespace {

using base::Errc;
using base::refuse;
using base::Result;
using base::text;

[[nodiscard]] Result<void> check_name(const std::vector<std::string>& allowed,
                                      std::string_view name, std::string_view what,
                                      const char* member) {
    if (allowed.empty() || std::ranges::find(allowed, name) != allowed.end()) return {};
    return refuse(Errc::forbidden,
                  text(what, " ", base::quoted(name), ": is not among those that are allowed, ",
                       base::joined(allowed, ", ")),
                  member);
}

/// "b" of "b", "s3://b" and "file:b".
std::string_view bucket_name(std::string_view bucket) {
    for (const std::string_view prefix : {"s3://", "file:"}) {
        if (bucket.starts_with(prefix)) return bucket.substr(prefix.size());
    }
    return bucket;
}

/// The limit comes first, so that nothing before it changes what it means ("vlan" would, and
/// "port" where a number follows).
[[nodiscard]] Result<void> add_filter(const std::string& limit, std::string& filter) {
    if (!is_closed(filter)) {
        return refuse(Errc::invalid_value,
                      text("filter ", base::quoted(filter), ": a parenthesis has no other one"),
                      "filter");
    }
    const bool has_own = !base::trimmed(filter).empty();
    filter = has_own ? text("(", limit, ") and (", filter, ")") : limit;
    return {};
}

}  // namespace

bool is_closed(std::string_view expression) noexcept {
    int depth = 0;
    for (const char c : expression) {
        if (c == '(') ++depth;
        if (c == ')' && --depth < 0) return false;
    }
    return depth == 0;
}

Result<void> check_duration(const JobLimits& limits, std::chrono::milliseconds duration) {
    if (limits.duration == std::chrono::milliseconds::zero() || duration <= limits.duration) {
        return {};
    }
    return refuse(Errc::forbidden,
                  text("duration: is more than the longest that is allowed, ",
                       base::human_duration(limits.duration)),
                  "duration");
}

Result<void> apply(const JobLimits& limits, JobRequest& request) {
    for (const std::string& interface : request.interfaces) {
        if (auto checked = check_name(limits.interfaces, interface, "interface", "interfaces");
            !checked) {
            return checked;
        }
    }
    if (auto checked = check_name(limits.devices, request.device, "device", "device"); !checked) {
        return checked;
    }
    if (auto checked = check_name(limits.buckets, bucket_name(request.bucket), "bucket", "bucket");
        !checked) {
        return checked;
    }
    if (auto checked = check_duration(limits, request.duration); !checked) return checked;
    if (limits.bytes != 0) {
        if (request.bytes > limits.bytes) {
            return refuse(
                Errc::forbidden,
                text("bytes: is more than the most that is allowed, ", limits.bytes, " bytes"),
                "bytes");
        }
        if (request.bytes == 0) request.bytes = limits.bytes;
    }
    if (limits.filter.empty()) return {};
    return add_filter(limits.filter, request.filter);
}

}  // namespace xpc::job
