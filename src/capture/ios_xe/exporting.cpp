#include "capture/ios_xe/exporting.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "capture/ios_xe/epc_commands.hpp"
#include "capture/ios_xe/epc_output.hpp"

namespace xpc::capture::ios_xe {

using base::Errc;
using base::text;

base::Result<std::string> await_quiet(Device& device, const std::string& name, const Facts& facts,
                                      Dialogue* dialogue) {
    const auto deadline = base::in(device.settings().timeout * 10);
    for (;;) {
        auto answer = device.ask(export_state(name, facts.place, facts.kind), dialogue);
        if (!answer || export_state_of(*answer) != ExportState::running) return answer;
        if (auto next = await_next_look(device, deadline, *answer); !next) {
            return std::unexpected(std::move(next.error()));
        }
    }
}

base::Result<void> await_next_look(Device& device, base::Deadline deadline,
                                   std::string_view shown) {
    const auto next = std::min(deadline, base::in(device.pace().exporting));
    if (base::wait(base::Fd(), device.stop(), next) == base::Woken::stopped) {
        return std::unexpected(device.told(Errc::cancelled, "cancelled"));
    }
    if (next < deadline) return {};
    return std::unexpected(device.told(Errc::timeout, text("the export does not end: it says ",
                                                           base::quoted(base::trimmed(shown)))));
}

}  // namespace xpc::capture::ios_xe
