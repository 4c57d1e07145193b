#pragma once

#include <cstdint>
#include <optional>
#include <thread>
#include <vector>

#include "base/channel.hpp"
#include "base/error.hpp"
#include "sink/spool_syncer.hpp"

namespace xpc::sink {

class Spool;
class SpoolSpace;

/// The threads that write all spools, each spool by one of them at a time, in turn; and the one by
/// which what they wrote outlives a power loss.
/// Lifetime: outlives the spools.
class SpoolWriters {
public:
    /// Two: while one waits for the disk, the other prepares; a disk is not faster for more.
    static constexpr unsigned usual_count = 2;

    /// `space`: what they may fill altogether; null: the disk.
    explicit SpoolWriters(SpoolSpace* space = nullptr, unsigned count = usual_count);
    ~SpoolWriters();
    SpoolWriters(const SpoolWriters&) = delete;
    SpoolWriters& operator=(const SpoolWriters&) = delete;
    SpoolWriters(SpoolWriters&&) = delete;
    SpoolWriters& operator=(SpoolWriters&&) = delete;

private:
    friend class Spool;

    void take_turn(Spool& spool);

    [[nodiscard]] SpoolSyncer& syncer() noexcept { return syncer_; }

    [[nodiscard]] std::optional<base::Error> take_space(std::uint64_t bytes) const;
    void write();

    SpoolSpace* space_;
    base::Channel<Spool*> turns_;
    SpoolSyncer syncer_;
    std::vector<std::jthread> threads_;  // last: they use the members above
};

}  // namespace xpc::sink
