#include "capture/af_packet/subscription.hpp"

#include <chrono>
#include <limits>
#include <memory>
#include <random>
#include <vector>

#include <doctest/doctest.h>

using namespace xpc;
using capture::EndReason;
using capture::af_packet::Program;
using capture::af_packet::Subscription;
using capture::af_packet::TapCounts;

namespace {

/// Wants so many frames.
class Counter final : public pcap::FrameConsumer {
public:
    static constexpr std::uint64_t all = std::numeric_limits<std::uint64_t>::max();

    /// When it says so: with the last frame, or when it is shown one too many.
    enum class WhenFull { last, one_more };

    explicit Counter(std::uint64_t wanted = all, WhenFull when_full = WhenFull::last)
        : wanted_(wanted), when_full_(when_full) {}

    pcap::Taken accept(std::span<const pcap::FrameView> frames) override {
        CHECK_FALSE(frames.empty());
        for (std::size_t i = 0; i < frames.size(); ++i) {
            if (numbers.size() == wanted_) return {.frames = i, .is_full = true};
            numbers.push_back(frames[i].number);
            if (when_full_ == WhenFull::last && numbers.size() == wanted_) {
                return {.frames = i + 1, .is_full = true};
            }
        }
        return {.frames = frames.size()};
    }

    [[nodiscard]] bool has_room(std::size_t /*bytes*/) const override { return true; }

    void batch_done(const pcap::SourceCounts& now) override { counts = now; }

    std::vector<std::uint64_t> numbers;
    pcap::SourceCounts counts;

private:
    std::uint64_t wanted_;
    WhenFull when_full_;
};

const Program every_frame{BPF_STMT(BPF_RET | BPF_K, 0xFFFF)};

/// A subscription and what it tells its consumer, driven as a tap drives it.
struct Job {
    explicit Job(std::uint64_t wanted = Counter::all,
                 Counter::WhenFull when_full = Counter::WhenFull::last)
        : counter(wanted, when_full) {}

    Counter counter;
    Subscription subscription{every_frame, 96};
    std::uint64_t accepted_at_begin = 0;
    std::uint64_t accepted_at_end = 0;
};

/// A tap without a ring: frames come in or are dropped, are counted, and walked later.
class Model {
public:
    void join(Job& job) {
        job.subscription.begin(job.counter, {}, counts_);
        job.accepted_at_begin = counts_.accepted;
        jobs_.push_back(&job);
    }

    void leave(Job& job) {
        if (job.subscription.has_left()) return;
        job.subscription.leave(EndReason::stopped, counts_);
        job.accepted_at_end = counts_.accepted;
    }

    void arrive(std::uint64_t frames) { counts_.accepted += frames; }

    void drop(std::uint64_t frames) {
        counts_.accepted += frames;
        counts_.dropped += frames;
    }

    void walk(std::uint64_t frames) {
        frames = std::min(frames, counts_.next_number() - walked_);
        while (frames > 0) {
            std::vector<pcap::FrameView> batch(std::min(frames, 1 + walked_ % longest_batch));
            frames -= batch.size();
            for (auto& frame : batch)
                frame.number = walked_++;
            for (Job* job : jobs_)
                job->subscription.offer(batch, read_);
        }
        report();
    }

    void walk_all() { walk(counts_.next_number() - walked_); }

    /// The next so many frames lie in a block that can not be read.
    void lose_block(std::uint64_t frames) {
        frames = std::min(frames, counts_.next_number() - walked_);
        for (Job* job : jobs_)
            job->subscription.miss(walked_, walked_ + frames);
        walked_ += frames;
        report();
    }

    /// Who has left and was shown everything is told so for the last time.
    void report() {
        read_ = counts_;
        for (Job* job : jobs_)
            job->subscription.report(walked_, read_, base::WallTime());
        std::erase_if(jobs_, [this](const Job* job) {
            return job->subscription.has_left() && job->subscription.is_complete(walked_);
        });
    }

    [[nodiscard]] const TapCounts& counts() const { return counts_; }

    [[nodiscard]] std::uint64_t walked() const { return walked_; }

private:
    static constexpr std::uint64_t longest_batch = 7;

    TapCounts counts_;
    TapCounts read_;  ///< as the tap knows them
    std::uint64_t walked_ = 0;
    std::vector<Job*> jobs_;
};

/// What was shown and what was lost is what the kernel counted from the one reading to the other.
void check_account(const Job& job) {
    const auto& counts = job.counter.counts;
    CHECK(counts.seen + counts.dropped == job.accepted_at_end - job.accepted_at_begin);
}

}  // namespace

TEST_CASE("a job is shown the frames between its two readings of the counters, and no other") {
    Model tap;
    Job job;
    tap.arrive(5);  // are in the ring when it joins, and not its own
    tap.join(job);
    tap.arrive(7);
    tap.walk(8);
    CHECK(job.counter.counts.seen == 3);
    tap.leave(job);
    CHECK_FALSE(job.subscription.is_complete(tap.walked()));
    tap.arrive(4);  // came after the end
    tap.walk_all();
    CHECK(job.subscription.is_complete(tap.walked()));
    CHECK(job.counter.numbers == std::vector<std::uint64_t>{5, 6, 7, 8, 9, 10, 11});
    CHECK(job.counter.counts.seen == 7);
    CHECK(job.counter.counts.dropped == 0);
    check_account(job);
}

TEST_CASE("frames that the ring had no room for count for those who were there") {
    Model tap;
    Job job;
    tap.drop(100);
    tap.join(job);
    tap.arrive(3);
    tap.drop(20);
    tap.arrive(1);
    tap.leave(job);
    tap.drop(400);
    tap.arrive(2);
    tap.walk_all();
    CHECK(job.counter.numbers.size() == 4);
    CHECK(job.counter.counts.dropped == 20);
    check_account(job);
}

TEST_CASE("a job that never saw a frame has an account all the same") {
    Model tap;
    Job quiet;
    Job unlucky;
    tap.arrive(9);
    tap.join(quiet);
    tap.leave(quiet);
    tap.join(unlucky);
    tap.drop(6);
    tap.leave(unlucky);
    CHECK_FALSE(quiet.subscription.is_complete(tap.walked()));  // as far as the tap can tell
    tap.walk_all();
    for (const Job* job : {&quiet, &unlucky}) {
        CHECK(job->subscription.is_complete(tap.walked()));
        CHECK(job->counter.numbers.empty());
        CHECK(job->counter.counts.seen == 0);
        check_account(*job);
    }
    CHECK(unlucky.counter.counts.dropped == 6);
}

TEST_CASE("a job that wants so many frames ends with the last, or before the one too many") {
    for (const auto when_full : {Counter::WhenFull::last, Counter::WhenFull::one_more}) {
        Model tap;
        Job job(3, when_full);
        tap.join(job);
        tap.arrive(10);
        tap.drop(2);
        tap.walk_all();
        CHECK(job.subscription.has_left());
        CHECK(job.subscription.is_complete(tap.walked()));
        CHECK(job.counter.numbers == std::vector<std::uint64_t>{0, 1, 2});
        CHECK(job.counter.counts.seen == 3);
        // known to have been dropped behind its last frame
        CHECK(job.counter.counts.dropped == 0);
        tap.leave(job);  // too late: the first end counts
        job.subscription.conclude();
        CHECK(job.subscription.ended().requested());
        CHECK(job.subscription.wait_for_end().reason == EndReason::full);
    }
}

TEST_CASE("the first of several ends counts") {
    Model tap;
    Job job;
    tap.join(job);
    tap.arrive(4);
    job.subscription.leave(EndReason::device, tap.counts(), "went away");
    tap.arrive(4);
    job.subscription.leave(EndReason::stopped, tap.counts());
    tap.walk_all();
    CHECK(job.counter.numbers.size() == 4);
    job.subscription.conclude();
    const auto end = job.subscription.wait_for_end();
    CHECK(end.reason == EndReason::device);
    CHECK(end.message == "went away");
}

TEST_CASE("frames of a block that can not be read count as dropped") {
    Model tap;
    Job before;
    Job during;
    Job after;
    tap.join(before);
    tap.arrive(2);
    tap.leave(before);
    tap.walk_all();
    tap.join(during);
    tap.arrive(8);
    tap.walk(3);
    tap.lose_block(4);
    tap.join(after);
    tap.arrive(2);
    tap.leave(during);
    tap.leave(after);
    tap.walk_all();
    CHECK(before.counter.counts.dropped == 0);
    CHECK(during.counter.counts.seen == 6);
    CHECK(during.counter.counts.seen == during.counter.numbers.size());
    CHECK(during.counter.counts.dropped == 4);
    CHECK(after.counter.counts.dropped == 0);
    for (const Job* job : {&before, &during, &after})
        check_account(*job);
}

TEST_CASE("what does not come in time counts as dropped") {
    Model tap;
    Job job;
    Job later;
    tap.arrive(3);
    tap.join(job);
    tap.arrive(9);
    tap.walk(6);
    tap.join(later);
    tap.arrive(5);
    tap.leave(job);
    tap.leave(later);
    for (Job* one : {&job, &later}) {
        one->subscription.miss_the_rest(tap.walked());
        one->subscription.miss_the_rest(tap.walked());  // is counted once
        tap.report();
        CHECK(one->counter.counts.seen == one->counter.numbers.size());
        check_account(*one);
    }
    CHECK(job.counter.counts.dropped == 11);
    CHECK(later.counter.counts.dropped == 5);
}

TEST_CASE("a job that has been shown everything misses nothing") {
    Model tap;
    Job job;
    tap.join(job);
    tap.arrive(9);
    tap.leave(job);
    tap.walk_all();
    job.subscription.miss_the_rest(tap.walked());
    tap.report();
    CHECK(job.counter.counts.seen == 9);
    CHECK(job.counter.counts.dropped == 0);
}

TEST_CASE("a job is told of its begin, or why there is none") {
    Job job;
    const capture::Began began{.at = base::WallTime(std::chrono::seconds(7)), .on = base::never};
    job.subscription.begin(job.counter, began, {});
    CHECK(job.subscription.wait_for_begin().at == began.at);
    Job refused;
    refused.subscription.refuse({.errc = base::Errc::device, .message = "away", .field = {}});
    CHECK_THROWS_WITH_AS(refused.subscription.wait_for_begin(), "away", base::Failure);
}

TEST_CASE("every account adds up, however jobs come and go") {
    constexpr std::uint32_t seeds = 300;
    for (std::uint32_t seed = 0; seed < seeds; ++seed) {
        CAPTURE(seed);
        std::mt19937 numbers(seed);
        Model tap;
        std::vector<std::unique_ptr<Job>> jobs;
        for (int step = 0; step < 200; ++step) {
            const auto some = std::uint64_t{numbers() % 12};
            switch (numbers() % 7) {
                case 0:
                    jobs.push_back(std::make_unique<Job>());
                    tap.join(*jobs.back());
                    break;
                case 1:
                    if (!jobs.empty()) tap.leave(*jobs[numbers() % jobs.size()]);
                    break;
                case 2:
                    tap.drop(some);
                    break;
                case 3:
                    tap.walk(some);
                    break;
                case 4:
                    if (jobs.empty()) tap.lose_block(some);  // across an edge: see below
                    break;
                default:
                    tap.arrive(some);
            }
        }
        for (const auto& job : jobs)
            tap.leave(*job);
        if (seed % 2 == 0) {
            tap.walk_all();
        } else {
            for (const auto& job : jobs)
                job->subscription.miss_the_rest(tap.walked());
            tap.report();
        }
        for (const auto& job : jobs) {
            CHECK(job->counter.counts.seen == job->counter.numbers.size());
            check_account(*job);
        }
    }
}

TEST_CASE("the account adds up where an unreadable block lies across a window's edge") {
    Model tap;
    Job job;
    tap.arrive(4);
    tap.join(job);
    tap.arrive(6);
    tap.leave(job);
    tap.arrive(3);
    SUBCASE("its begin") {
        tap.lose_block(7);
        tap.walk_all();
    }
    SUBCASE("its end") {
        tap.walk(6);
        tap.lose_block(7);
    }
    check_account(job);
    CHECK(job.counter.counts.dropped >= 3);
}
