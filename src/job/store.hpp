#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/batches.hpp"
#include "base/guarded.hpp"
#include "base/outcome.hpp"
#include "job/idempotency.hpp"
#include "job/insertion.hpp"
#include "job/job.hpp"
#include "job/list_query.hpp"
#include "job/sqlite.hpp"

namespace xpc::job {

class Events;

struct PositionCount {
    Position position;
    std::uint64_t jobs = 0;
};

struct Submitted {
    Job job;
    bool is_repeat = false;  ///< it was there before
};

/// What a capture may have left on a device.
struct DeviceCapture {
    std::string device;
    std::string name;
    std::string job_id;  ///< which may be no more
};

/// The durable memory of all jobs: one SQLite file. What a call has changed is on the disk when it
/// returns, unless it is told otherwise; changes that come together share one commit.
/// Errors:  Failure(database, disk_full).
/// Threads: any.
class Store {
public:
    /// `events`, which outlives it, hears of each change of a job that this process makes, once it
    /// is made; null: nobody does.
    explicit Store(const std::filesystem::path& path, Events* events = nullptr);
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;
    Store(Store&&) = delete;
    Store& operator=(Store&&) = delete;

    /// Gives the job its id, number, key and created_at, completes its URL by the key, and stores
    /// it as queued, unless that many are queued already; where a job was made under the
    /// Idempotency-Key before, it is that one. Does not wait for the disk.
    /// `inserted` is called once, by the thread that commits, which waits meanwhile: with the job
    /// when it is on the disk, or with why it is not. It does not throw.
    /// Errors: Failure(too_many), at once, where most_insertions wait already: so what captures
    ///         have to store always finds room. To `inserted`: too_many; conflict, with field
    ///         "key"; those of repeated().
    static constexpr std::size_t most_insertions = 16'384;
    using Inserted = std::move_only_function<void(base::Outcome<base::Result<Submitted>>)>;
    void insert(Job job, std::size_t most_queued, std::optional<IdempotencyKey> key,
                Inserted inserted);

    /// The job that was made under that key, if there was one.
    /// Errors: invalid_value, when something else was asked for under it; conflict, when the job
    ///         has been deleted; both with the field key_field.
    [[nodiscard]] std::optional<base::Result<Submitted>> repeated(const IdempotencyKey& key);

    /// When a change is on the disk. Everybody sees it at once, also after a `kill -9`.
    enum class Sync {
        at_once,    ///< when the call returns
        with_next,  ///< with the next change that is: until then a power cut takes it back
    };

    /// Stores everything of the job that can change, if its position in the store still is `from`.
    /// False, and nothing changed, otherwise. The step is one that may_follow() allows.
    [[nodiscard]] bool update(const Job& job, Position from, Sync sync = Sync::at_once);

    /// Stores a file of a segmented capture, in place of the one of that number, if there is one.
    void put_segment(const std::string& job_id, const Segment& segment);

    /// Forgets a file of a segmented capture. False when there is none of that number.
    bool remove_segment(const std::string& job_id, std::uint32_t number);

    /// Notes that the user of a job wants its capture to end, for the process that captures. False
    /// when it has ended.
    bool request_stop(const std::string& id);

    /// The ids of those jobs whose captures have not ended yet. None of request_removal(): what is
    /// to be gone is not fetched from its device before.
    [[nodiscard]] std::vector<std::string> stop_requests();

    /// Notes that the user of a job wants it to be gone, and so its capture to end.
    void request_removal(const std::string& id);

    /// The ids of those jobs, as long as they are there.
    [[nodiscard]] std::vector<std::string> removal_requests();

    /// Changes how long a job in that state captures. False, and nothing changed, when it is in
    /// another one.
    [[nodiscard]] bool set_duration(const std::string& id, std::chrono::milliseconds duration,
                                    State state);

    /// Notes that a capture of that name may be on the device, or that none is.
    void note_on_device(const DeviceCapture& capture);
    void forget_on_device(const std::string& device, const std::string& name);
    [[nodiscard]] std::vector<DeviceCapture> on_device(const std::string& device);

    /// What is not final of the device's jobs, and so may still need what is on it.
    [[nodiscard]] std::vector<std::int64_t> open_numbers(const std::string& device);

    /// Whether there is a job on the device to be captured, or one that is.
    [[nodiscard]] bool has_captures(const std::string& device);

    /// Whether anybody, this process or another one, has changed something since this was asked
    /// last.
    [[nodiscard]] bool has_changed();

    /// Makes an event of what another process has stored.
    void announce(const Job& job);

    /// Removes the record of a job that is final, with its segments. False when there is none.
    [[nodiscard]] bool remove(const std::string& id);

    /// By id, or by six-digit number.
    [[nodiscard]] std::optional<Job> find(std::string_view id_or_number);

    /// Where the job stands in the order in which they came, for ListQuery.
    [[nodiscard]] std::optional<std::int64_t> sequence_of(const std::string& id);

    /// Newest first.
    [[nodiscard]] std::vector<Job> list(const ListQuery& query);

    /// How many jobs there are at each position; those at which there is none are left out.
    [[nodiscard]] std::vector<PositionCount> count_by_position();

    /// The oldest that wait, but for those of these devices.
    [[nodiscard]] std::vector<Job> queued(std::size_t limit,
                                          const std::vector<std::string>& but_of = {});

    /// The jobs of a device that wait, and were asked for at that time or before.
    [[nodiscard]] std::vector<Job> queued_on(const std::string& device, base::WallTime latest);

    /// All that are neither queued nor final, oldest first: what a restart must end.
    [[nodiscard]] std::vector<Job> unfinished();

private:
    struct Change {
        /// Whether there was something to change. Called again where others of its commit fail.
        std::move_only_function<bool(Database&)> make;
        std::move_only_function<void(base::Outcome<bool>)> committed;
        Sync sync = Sync::at_once;
    };

    using Made = base::Outcome<bool>;

    struct Insertion;

    void push(Change change);
    bool change(std::move_only_function<bool(Database&)> make, Sync sync = Sync::at_once);
    [[nodiscard]] std::shared_ptr<void> place_for_one();
    [[nodiscard]] bool insert(Database& database, Insertion& insertion);
    [[nodiscard]] base::Outcome<base::Result<Submitted>> outcome_of(Insertion& insertion,
                                                                    base::Outcome<bool> committed);
    [[nodiscard]] std::vector<std::string> ids_of(std::string_view sql);
    void commit_changes();
    void commit_batch(std::deque<Change>& batch);
    void begin(Sync sync);
    [[nodiscard]] bool make_all(std::deque<Change>& batch, std::vector<Made>& made);
    void make_each(std::deque<Change>& batch, std::vector<Made>& made);
    void roll_back();
    /// `rest` follows "SELECT jobs.* FROM jobs".
    [[nodiscard]] std::vector<Job> select(std::string_view rest,
                                          const std::function<void(Statement&)>& bind);

    Events* events_;
    base::Batches<Change> changes_;
    base::Guarded<std::unique_ptr<Database>> reader_;
    std::int64_t last_version_ = 0;      ///< under the reader's lock
    std::unique_ptr<Database> writing_;  ///< the writer thread's, as the next two
    Sync sync_ = Sync::at_once;          ///< of its commits
    LastKey last_key_;
    std::atomic<std::size_t> insertions_ = 0;  ///< that wait
    std::jthread writer_;                      // last: it uses the members above
};

}  // namespace xpc::job
