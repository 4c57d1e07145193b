#include "sink/shared_sync.hpp"

#include <algorithm>

namespace xpc::sink {

void SharedSync::took(base::Deadline::duration duration, base::Deadline now) noexcept {
    if (duration <= longest) {
        pause_ = shortest_pause;
        return;
    }
    not_before_ = now + pause_;
    pause_ = std::min<base::Deadline::duration>(2 * pause_, longest_pause);
}

}  // namespace xpc::sink
