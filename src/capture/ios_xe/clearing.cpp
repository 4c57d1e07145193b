#include "capture/ios_xe/clearing.hpp"

#include <algorithm>
#include <vector>

#include "base/text.hpp"
#include "capture/ios_xe/epc_commands.hpp"
#include "capture/ios_xe/epc_output.hpp"
#include "capture/ios_xe/exporting.hpp"
#include "capture/ios_xe/names.hpp"

namespace xpc::capture::ios_xe {
namespace {

using base::Errc;
using base::Result;
using base::text;

/// The answer to all lines, the last of which shows how much room a place has.
[[nodiscard]] Result<std::string> ask_to_the_end(Device& device, const Batch& batch,
                                                 Dialogue* dialogue) {
    const auto patience = device.settings().timeout * 2;
    auto answer = device.ask(batch, dialogue, patience);
    if (!answer || free_bytes(*answer)) return answer;
    // what comes behind a line that is refused may not be done
    std::string all;
    for (const Line& line : batch) {
        const auto one = device.ask({line}, dialogue);
        if (!one) return one;
        all += *one;
        all += '\n';
    }
    return all;
}

std::vector<std::string> still_shown(const std::string& answer, const std::string& name,
                                     const Facts& facts, Extent extent) {
    std::vector<std::string> what;
    const auto points = parse_points(answer);
    if (std::ranges::find(points, name, &Point::name) != points.end()) {
        what.push_back(text("the capture ", name));
    }
    if (shows_list(answer, name)) what.push_back(text("the access list ", name));
    if (extent == Extent::all && file_bytes(answer, file_name(name))) {
        what.push_back(text("the file ", facts.place, file_name(name)));
    }
    return what;
}

}  // namespace

Result<void> clear_from(Device& device, const std::string& name, Extent extent,
                        Dialogue* dialogue) {
    if (!is_capture_name(name)) return base::refuse(Errc::internal, text("no name: ", name));
    const auto facts = device.facts(dialogue);
    if (!facts) return std::unexpected(facts.error());
    if (facts->kind == Kind::catalyst && extent == Extent::all) {
        // or the file would be there after all, when the switch has written it
        const auto seen = await_quiet(device, name, *facts, dialogue);
        if (!seen) return std::unexpected(seen.error());
    }
    auto batch = remove_capture(name);
    const auto add = [&batch](const Batch& more) {
        batch.insert(batch.end(), more.begin(), more.end());
    };
    if (extent == Extent::all) add(remove_file(name, facts->place));
    add(show_remains(name, facts->place));
    const auto answer = ask_to_the_end(device, batch, dialogue);
    if (!answer) return std::unexpected(answer.error());
    const auto stays = still_shown(*answer, name, *facts, extent);
    if (stays.empty()) return {};
    return std::unexpected(device.told(
        Errc::device_refused, text(base::joined(stays, ", "), " can not be removed: it says ",
                                   refusal(*answer).value_or(std::string("nothing")))));
}

}  // namespace xpc::capture::ios_xe
