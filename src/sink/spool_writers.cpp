#include "sink/spool_writers.hpp"

#include <cassert>
#include <cstdint>

#include "base/thread_name.hpp"
#include "sink/spool.hpp"
#include "sink/spool_space.hpp"

namespace xpc::sink {

// A spool stands in the queue once at most, so there are never more than there are files open.
SpoolWriters::SpoolWriters(SpoolSpace* space, unsigned count) : space_(space), turns_(SIZE_MAX) {
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

std::optional<base::Error> SpoolWriters::take_space(std::uint64_t bytes) const {
    return space_ == nullptr ? std::nullopt : space_->take(bytes);
}

void SpoolWriters::write() {
    base::name_thread("spool writer");
    while (const auto turn = turns_.pop(base::never))
        (*turn)->write_some();
}

}  // namespace xpc::sink
