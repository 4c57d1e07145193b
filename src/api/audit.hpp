#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "api/access.hpp"
#include "api/http.hpp"
#include "api/rate_limit.hpp"
#include "base/audit_log.hpp"

namespace xpc::api {

/// Who asked for what, when, from where, and what became of it: one line in the audit log for each
/// request that changes something or takes packets away, and for each that was refused for who
/// asked. docs/http-api.md, "Audit", has the members; docs/decisions/0043 why these.
/// Threads: any.
class Audit {
public:
    /// Lifetime: the log outlives it.
    explicit Audit(base::AuditLog& log) : log_(log) {}

    /// Before such a request is done: one that could not be told of is not done at all.
    /// Errors: Failure(disk_full, io, …).
    void make_ready(Access access);

    /// After. `noted` is called once, when the line is on the disk, or at once where there is to be
    /// none; it does not throw. What fails is logged: the line is kept, and make_ready() says so.
    void note(const Request& request, const Response& response,
              std::move_only_function<void()> noted) noexcept;

    /// A server of that version begins. Blocking: until the line is on the disk.
    void note_start(std::string_view version) noexcept;

private:
    /// Nothing where there is to be none.
    [[nodiscard]] std::optional<base::Json::Object> line_of(const Request& request,
                                                            const Response& response);

    base::AuditLog& log_;
    RateLimit refusals_{failure_terms};  ///< strangers do not fill the disk
    std::atomic<std::uint64_t> left_out_ = 0;
};

}  // namespace xpc::api
