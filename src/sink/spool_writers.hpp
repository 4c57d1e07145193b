#pragma once

#include <cstddef>
#include <thread>
#include <vector>

#include "base/channel.hpp"

namespace xpc::sink {

class Spool;

/// The threads that write all spools, each spool by one of them at a time, in turn.
/// Lifetime: outlives the spools.
class SpoolWriters {
public:
    /// Two: while one waits for the disk, the other prepares; a disk is not faster for more.
    static constexpr unsigned usual_count = 2;

    explicit SpoolWriters(unsigned count = usual_count);
    ~SpoolWriters();
    SpoolWriters(const SpoolWriters&) = delete;
    SpoolWriters& operator=(const SpoolWriters&) = delete;
    SpoolWriters(SpoolWriters&&) = delete;
    SpoolWriters& operator=(SpoolWriters&&) = delete;

private:
    friend class Spool;

    void take_turn(Spool& spool);
    void write();

    base::Channel<Spool*> turns_;
    std::vector<std::jthread> threads_;  // last: they use the members above
};

}  // namespace xpc::sink
