#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/caller.hpp"
#include "base/clock.hpp"
#include "base/unique_fd.hpp"

namespace xpc::api {

/// A request, complete, within its limits.
struct Request {
    std::string method;
    std::string target;  ///< as sent: "/path?query"
    std::map<std::string, std::string>
        headers;  ///< names in lower case; of repeated ones the first
    std::string body;
    std::string peer;         ///< the IP address that it came from
    std::string certificate;  ///< the subject of its sender's, where that has shown one

    [[nodiscard]] std::string_view header(std::string_view name) const;

    /// Said by who answers, before it waits for anything: the thread may be missing to others. Only
    /// as long as its handler has not returned. May be empty.
    std::function<void()> will_wait;

    // filled in by the router
    std::string_view route;                    ///< its pattern; empty: there is none
    std::vector<std::string> captured;         ///< what stood for the {…} of the route, decoded
    std::map<std::string, std::string> query;  ///< decoded
    Caller caller;                             ///< by the door
};

/// Bytes of a file that are sent as a body.
struct FileBody {
    base::UniqueFd file;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
};

/// A body that comes bit by bit, for as long as it takes, and has no thread that waits for it. It
/// is asked for more only when the client has taken what there was, so that a slow client holds up
/// nobody, and nothing piles up for it.
/// Threads: next() by one at a time, of the pool.
class BodyStream {
public:
    enum class State {
        more,   ///< ask again when the client has it
        later,  ///< nothing to send now
        end,    ///< that was all
        broken  ///< no more can be had: the client must not take what it has for whole
    };

    struct Pulled {
        State state = State::later;
        base::Deadline look_again = base::never;  ///< where it is `later`, and nobody wakes
    };

    virtual ~BodyStream() = default;

    /// Called once, before next(). `wake`, which any thread may call until the destructor has
    /// returned, does not block: next() is called soon after.
    virtual void start(std::function<void()> wake) = 0;

    /// Appends what there is to `out`, some 100 KiB at most. May read a file; otherwise does not
    /// block. Errors: Failure, which is `broken` too.
    [[nodiscard]] virtual Pulled next(std::string& out) = 0;

    BodyStream(const BodyStream&) = delete;
    BodyStream& operator=(const BodyStream&) = delete;
    BodyStream(BodyStream&&) = delete;
    BodyStream& operator=(BodyStream&&) = delete;

protected:
    BodyStream() = default;
};

struct Response {
    int status = 200;
    std::string job;  ///< what a new one is called on its route, for the audit log
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::optional<FileBody> file;        ///< in place of `body`
    std::unique_ptr<BodyStream> stream;  ///< likewise
};

/// RFC 9110, 10.2.3.
[[nodiscard]] inline std::pair<std::string, std::string> retry_after(std::chrono::seconds pause) {
    return {"Retry-After", std::to_string(pause.count())};
}

/// Answers a request. Does not throw. May block: it has a thread of the pool to itself, and need
/// not say so.
using Handler = std::function<Response(Request)>;

/// Sends the reply to a request. Called once, by any thread; does not block.
using Reply = std::move_only_function<void(Response)>;

/// The same, where the reply may come later, so that a request that waits for the disk has no
/// thread. A server waits for all replies before it ends.
using LateHandler = std::function<void(Request, Reply)>;

}  // namespace xpc::api
