#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "job/job.hpp"

namespace xpc::job {

/// That something of a job has changed.
struct Event {
    enum class Kind { changed, removed };

    std::uint64_t id = 0;  ///< larger than those of all events before, also of earlier processes
    Kind kind = Kind::changed;
    std::string job_id;
    /// As it was then, shared by the history and by those who are sending it; null: as it is now.
    std::shared_ptr<const Job> job;
};

/// The last events, for those who follow jobs: whoever has missed some asks for what came since.
/// Threads: any. Nothing blocks but for a moment's lock.
class Events {
public:
    /// Enough for who reconnects: about a minute of a server that runs twenty short jobs at once.
    static constexpr std::size_t usual_history = 1024;

    explicit Events(std::size_t most_history = usual_history);
    Events(const Events&) = delete;
    Events& operator=(const Events&) = delete;
    Events(Events&&) = delete;
    Events& operator=(Events&&) = delete;
    ~Events() = default;

    void changed(const Job& job);

    /// Likewise, where only its id is at hand.
    void changed(const std::string& job_id);

    void removed(const std::string& job_id);

    /// Not called any more once this has gone.
    class Subscription;

    /// `wake` is called for each event of that job, or of all where the id is empty, by the thread
    /// in which that happens, under a lock, so that it can not outlive its subscription: it only
    /// rings a bell.
    /// Lifetime: the subscription does not outlive the events.
    [[nodiscard]] std::unique_ptr<Subscription> subscribe(std::string job_id,
                                                          std::function<void()> wake);

    struct News {
        std::vector<Event> events;  ///< the oldest
        bool is_complete = true;    ///< false: there were more, which are forgotten
    };

    /// What has happened to that job, or to all where its id is empty, after the event `id`.
    [[nodiscard]] News since(std::uint64_t id, std::string_view job_id, std::size_t most) const;

    /// Of the last event.
    [[nodiscard]] std::uint64_t last_id() const;

    /// The first of so many ids, with no event between them, for what is said and not kept.
    [[nodiscard]] std::uint64_t take_ids(std::size_t count);

private:
    using Followers = std::multimap<std::string, std::function<void()>, std::less<>>;

    void publish(Event event);

    const std::size_t most_history_;
    mutable std::mutex mutex_;
    std::deque<Event> history_;  ///< under mutex_, as the rest
    std::uint64_t last_id_;      ///< that was given to anything
    std::uint64_t forgotten_;    ///< no event up to this one is in the history
    Followers followers_;
};

class Events::Subscription {
public:
    Subscription(Events& events, Followers::iterator place) : events_(events), place_(place) {}

    ~Subscription();
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;
    Subscription(Subscription&&) = delete;
    Subscription& operator=(Subscription&&) = delete;

private:
    Events& events_;
    Followers::iterator place_;
};

}  // namespace xpc::job
