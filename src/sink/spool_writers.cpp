#include "sink/spool_writers.hpp"

#include <cassert>
#include <cstdint>

#include "sink/spool.hpp"

namespace xpc::sink {

// A spool stands in the queue once at most, so there are never more than there are files open.
SpoolWriters::SpoolWriters(unsigned count) : turns_(SIZE_MAX) {
    for (unsigned i = 0; i < count; ++i)
        threads_.emplace_back([this] { write(); });
}

SpoolWriters::~SpoolWriters() {
    turns_.close();
}

void SpoolWriters::take_turn(Spool& spool) {
    Spool* turn = &spool;
    [[maybe_unused]] const bool queued = turns_.try_push(turn);
    assert(queued);
}

void SpoolWriters::write() {
    while (const auto turn = turns_.pop(base::never))
        (*turn)->write_some();
}

}  // namespace xpc::sink
