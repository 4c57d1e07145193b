#include "api/event_stream.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/wire_json.hpp"
#include "base/clock.hpp"
#include "base/text.hpp"

namespace xpc::api {
namespace {

using base::Deadline;
using base::Json;
using base::Result;
using base::text;

constexpr std::chrono::seconds between_counters{1};
// What is on the way drops connections on which nothing is said, some after 30 s.
constexpr std::chrono::seconds between_signs_of_life{15};
constexpr std::size_t most_at_once = 32;  // a job is some 2 KiB

class EventStream final : public BodyStream {
public:
    /// `job_id`: empty is all. `after`: the last event that the client knows; none: of one job, how
    /// it stands is said first.
    EventStream(job::Supervisor& supervisor, job::Events& events, std::string job_id,
                std::optional<std::uint64_t> after)
        : supervisor_(supervisor),
          events_(events),
          job_id_(std::move(job_id)),
          tells_how_it_stands_(!after && !job_id_.empty()),
          last_told_(after.value_or(events.last_id())) {}

    void start(std::function<void()> wake) override {
        subscription_ = events_.subscribe(job_id_, std::move(wake));
    }

    [[nodiscard]] Pulled next(std::string& out) override {
        const auto now = Deadline::clock::now();
        if (!std::exchange(is_greeted_, true)) {
            out += "retry: 2000\n\n";
            follow_running();
        }
        std::vector<job::RunningCounters> counters;
        if (now >= counters_at_) counters = supervisor_.running(job_id_);
        // Taken before the news are read: all that came before it is among them.
        const std::uint64_t first_id = counters.empty() ? 0 : events_.take_ids(counters.size());
        if (tell_news(out, first_id)) return {.state = State::end};
        if (!says_no_counters_) tell_counters(out, counters, first_id);
        if (now >= counters_at_ || counters_at_ == base::never) counters_at_ = next_counters(now);
        if (out.empty() && now >= sign_of_life_at_) out += ":\n\n";
        if (!out.empty()) sign_of_life_at_ = now + between_signs_of_life;
        return {.state = State::later, .look_again = std::min(sign_of_life_at_, counters_at_)};
    }

private:
    /// Counters are of jobs that run, as far as the client has been told.
    [[nodiscard]] Deadline next_counters(Deadline now) const {
        return running_.empty() ? base::never : now + between_counters;
    }

    void follow_running() {
        for (const auto& one : supervisor_.running(job_id_))
            running_.emplace(one.id, one.counters);
    }

    /// What came before the event `until`, if there is one. True: nothing will follow.
    [[nodiscard]] bool tell_news(std::string& out, std::uint64_t until) {
        const auto news = events_.since(last_told_, job_id_, most_at_once);
        says_no_counters_ = news.events.size() == most_at_once;  // there may be more before them
        if (!news.is_complete || tells_how_it_stands_) return tell_how_it_stands(out);
        for (const job::Event& event : news.events) {
            if (until != 0 && event.id > until) break;
            last_told_ = event.id;
            if (tell(out, event)) return true;
        }
        return false;
    }

    /// In place of events that are not known any more.
    [[nodiscard]] bool tell_how_it_stands(std::string& out) {
        tells_how_it_stands_ = false;
        says_no_counters_ = true;        // whose ids are taken already
        last_told_ = events_.last_id();  // first: what comes now is told, even if twice
        if (!job_id_.empty()) {
            return tell(out, {.id = last_told_, .job_id = job_id_, .job = nullptr});
        }
        append(out, last_told_, "reset", Json::object({}));
        running_.clear();
        follow_running();
        return false;
    }

    [[nodiscard]] bool tell(std::string& out, const job::Event& event) {
        const bool is_only_job = !job_id_.empty();
        const auto job = event.kind == job::Event::Kind::changed ? job_of(event) : std::nullopt;
        if (!job) {
            running_.erase(event.job_id);
            append(out, event.id, "removed", Json::object({{"id", event.job_id}}));
            return is_only_job;
        }
        append(out, event.id, "job", to_json(*job));
        if (job->position.state == job::State::running) {
            running_.insert_or_assign(job->id, job->counters);
        } else {
            running_.erase(job->id);
        }
        return is_only_job && job::is_final(job->position);
    }

    /// Nothing where it has been removed.
    [[nodiscard]] std::optional<job::Job> job_of(const job::Event& event) {
        const bool lacks_objects =
            event.job && job::is_segmented(event.job->request) && event.job->objects.empty();
        if (event.job && !lacks_objects) return *event.job;
        auto now = supervisor_.find(event.job_id);  // which has all files
        if (!event.job) return now ? std::optional(std::move(*now)) : std::nullopt;
        job::Job job = *event.job;
        if (now) job.objects = std::move(now->objects);
        return job;
    }

    void tell_counters(std::string& out, const std::vector<job::RunningCounters>& counters,
                       std::uint64_t id) {
        for (const auto& one : counters) {
            const auto told = running_.find(one.id);
            if (told == running_.end() || told->second == one.counters) continue;
            told->second = one.counters;
            append(
                out, id, "counters",
                Json::object(
                    {{"id", one.id}, {"number", one.number}, {"counters", to_json(one.counters)}}));
            last_told_ = std::max(last_told_, id++);
        }
    }

    static void append(std::string& out, std::uint64_t id, std::string_view event,
                       const Json& data) {
        out += text("id: ", id, "\nevent: ", event, "\ndata: ", data.dump(), "\n\n");
    }

    job::Supervisor& supervisor_;
    job::Events& events_;
    std::string job_id_;
    bool tells_how_it_stands_;
    std::uint64_t last_told_;
    bool is_greeted_ = false;
    bool says_no_counters_ = false;                 ///< this time, so that ids grow
    std::map<std::string, job::Counters> running_;  ///< as last told
    Deadline counters_at_ = base::never;
    Deadline sign_of_life_at_ = Deadline::clock::now() + between_signs_of_life;
    std::unique_ptr<job::Events::Subscription> subscription_;
};

/// As EventSource sends it when it connects again (HTML, 9.2.4).
std::optional<std::uint64_t> last_event_id(const Request& request) {
    return base::parse_decimal<std::uint64_t>(request.header("last-event-id"));
}

Response event_response(std::unique_ptr<EventStream> stream) {
    Response response;
    response.headers = {{"Content-Type", "text/event-stream"},
                        {"Cache-Control", "no-store"},
                        {"X-Accel-Buffering", "no"}};  // nginx, of what it passes on
    response.stream = std::move(stream);
    return response;
}

[[nodiscard]] Result<Response> events_of_job(job::Supervisor& supervisor, job::Events& events,
                                             const Request& request) {
    const auto job = supervisor.find(request.captured.front());
    if (!job) return std::unexpected(job.error());
    const auto after = last_event_id(request);
    if (after && job::is_final(job->position)) {
        const auto missed = events.since(*after, job->id, 1);
        if (missed.is_complete && missed.events.empty()) {
            Response nothing_more;  // which tells an EventSource not to come again
            nothing_more.status = 204;
            return nothing_more;
        }
    }
    return event_response(std::make_unique<EventStream>(supervisor, events, job->id, after));
}

}  // namespace

std::vector<Route> event_routes(job::Supervisor& supervisor, job::Events& events) {
    return {
        {"GET", "/api/v1/jobs/{id}/events",
         [&supervisor, &events](const Request& request) {
             return events_of_job(supervisor, events, request);
         }},
        {"GET", "/api/v1/events",
         [&supervisor, &events](const Request& request) -> Result<Response> {
             return event_response(
                 std::make_unique<EventStream>(supervisor, events, "", last_event_id(request)));
         }},
    };
}

}  // namespace xpc::api
