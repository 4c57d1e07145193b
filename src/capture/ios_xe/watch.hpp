#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/guarded.hpp"
#include "base/stop.hpp"
#include "base/wakeup.hpp"
#include "capture/ios_xe/device.hpp"

namespace xpc::capture::ios_xe {

/// A capture that is watched.
struct Watched {
    enum class State { active, inactive, gone };

    struct Seen {
        State state = State::active;
        base::WallTime at;
        base::Deadline on;
        int missing = 0;  ///< so many looks in a row
    };

    /// An end that is seen later than this is the one that was asked for.
    base::Deadline due = base::never;
    base::Stop ended;
    base::Guarded<Seen> seen;
};

/// Looks after all captures of one device together, one question for all, as long as there are any.
/// Threads: any; it has one of its own.
class Watch {
public:
    /// Lifetime: the device outlives it.
    explicit Watch(Device& device);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    Watch(Watch&&) = delete;
    Watch& operator=(Watch&&) = delete;

    // Shared, since a look may be under way while its capture is finished and leaves.
    void join(const std::string& name, std::shared_ptr<Watched> watched);
    void leave(const std::string& name);

    /// What an answer to "show monitor capture" says of it.
    static void notice(Watched& watched, const std::optional<Point>& point);

private:
    using Names = std::map<std::string, std::shared_ptr<Watched>>;

    void run();
    void look(const Names& names);
    void tell(const base::Result<std::string>& answer);

    Device& device_;
    base::Guarded<Names> names_;
    base::Wakeup changed_;
    base::Stop stop_;
    bool is_reached_ = true;  ///< its thread's
    std::jthread thread_;     // last: it uses the members above
};

}  // namespace xpc::capture::ios_xe
