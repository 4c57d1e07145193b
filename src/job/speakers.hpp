#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/guarded.hpp"
#include "base/stop.hpp"
#include "base/wakeup.hpp"

namespace xpc::job {

/// Which of a device's jobs speak to it now: a few that begin, and a few that end. The others wait
/// in the order in which they came, and have said nothing yet. A device hears one command after the
/// other anyway; so what is begun is done soon, and little is by half where this process ends.
/// Threads: any.
class Speakers {
public:
    enum class Part { begins, ends };

    /// As long as it is there, it is that job's turn. Lifetime: the Speakers outlive it.
    class Turn {
    public:
        Turn(Speakers& speakers, std::string device, Part part)
            : speakers_(&speakers), device_(std::move(device)), part_(part) {}

        Turn(Turn&& other) noexcept
            : speakers_(std::exchange(other.speakers_, nullptr)),
              device_(std::move(other.device_)),
              part_(other.part_) {}

        ~Turn() {
            if (speakers_ != nullptr) speakers_->give_back({device_, part_});
        }

        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        Turn& operator=(Turn&&) = delete;

        [[nodiscard]] Part part() const noexcept { return part_; }

    private:
        Speakers* speakers_;
        std::string device_;
        Part part_;
    };

    /// Blocks until it is its turn, which may be long. Nothing where `leave` is requested first.
    [[nodiscard]] std::optional<Turn> wait(const std::string& device, Part part,
                                           const base::Stop& leave);

private:
    using Key = std::pair<std::string, Part>;

    struct Queue {
        std::size_t speaking = 0;
        std::vector<base::Wakeup*> waiting;  ///< of the threads that wait, the first one first
    };

    using Queues = std::map<Key, Queue>;

    void give_back(const Key& key);

    base::Guarded<Queues> queues_;
};

}  // namespace xpc::job
