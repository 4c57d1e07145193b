#include "job/speakers.hpp"

namespace xpc::job {
namespace {

// One speaks while the answer to the other is read. What ends waits seconds for the file that the
// device writes, in which others speak; and it should not wait where there are only as many
// captures as are there by default (device.captures).
std::size_t most_at_once(Speakers::Part part) {
    return part == Speakers::Part::begins ? 2 : 8;
}

}  // namespace

std::optional<Speakers::Turn> Speakers::wait(const std::string& device, Part part,
                                             const base::Stop& leave) {
    if (leave.requested()) return std::nullopt;
    const Key key{device, part};
    base::Wakeup called;
    const bool is_free = queues_.with([&](Queues& queues) {
        Queue& queue = queues[key];
        if (queue.speaking >= most_at_once(part)) {
            queue.waiting.push_back(&called);
            return false;
        }
        ++queue.speaking;
        return true;
    });
    if (is_free) return std::optional<Turn>(std::in_place, *this, device, part);
    const auto woken = base::wait(called.fd(), leave, base::never);
    // in any case: who has called is done with it then
    const bool is_called =
        queues_.with([&](Queues& queues) { return std::erase(queues[key].waiting, &called) == 0; });
    if (woken == base::Woken::ready) return std::optional<Turn>(std::in_place, *this, device, part);
    if (is_called) give_back(key);
    return std::nullopt;
}

/// To the next one that waits, if there is one.
void Speakers::give_back(const Key& key) {
    queues_.with([&key](Queues& queues) {
        Queue& queue = queues[key];
        if (queue.waiting.empty()) {
            --queue.speaking;
            return;
        }
        queue.waiting.front()->ring();
        queue.waiting.erase(queue.waiting.begin());
    });
}

}  // namespace xpc::job
