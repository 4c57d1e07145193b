#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <iterator>

#include "base/channel.hpp"
#include "base/clock.hpp"
#include "base/gathering.hpp"

namespace xpc::base {

/// What many threads have to be written by one, which writes what comes together at once.
/// Threads: try_push() and close(): any; the rest: the one that writes.
template <typename T>
class Batches {
public:
    /// No more than that many wait for the next batch.
    explicit Batches(std::size_t most) : channel_(most) {}

    /// Never blocks. False, and `value` untouched, when there are too many, or after close().
    [[nodiscard]] bool try_push(T& value) { return channel_.try_push(value); }

    /// What was pushed can still be taken; nothing more comes in.
    void close() { channel_.close(); }

    /// All that there are, oldest first: at once where the last batch was of one alone, else when
    /// there are as many again, or as Gathering says. Blocking, until there is something; empty
    /// after close().
    [[nodiscard]] std::deque<T> next() {
        std::deque<T> batch = channel_.gather(1, never);
        if (batch.empty()) return batch;
        if (const auto wanted = gathering_.wanted(); batch.size() < wanted) {
            auto more =
                channel_.gather(wanted - batch.size(), gathering_.until(Deadline::clock::now()));
            std::ranges::move(more, std::back_inserter(batch));
        }
        count_ = batch.size();
        began_ = Deadline::clock::now();
        return batch;
    }

    /// That what next() gave is written.
    void note_written() noexcept { gathering_.note(count_, Deadline::clock::now() - began_); }

private:
    Channel<T> channel_;
    // of the thread that writes
    Gathering gathering_;
    std::size_t count_ = 0;
    Deadline began_;
};

}  // namespace xpc::base
