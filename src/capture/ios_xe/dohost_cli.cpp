#include "capture/ios_xe/dohost_cli.hpp"

#include <algorithm>
#include <array>

#include "base/process.hpp"
#include "base/text.hpp"
#include "capture/ios_xe/epc_output.hpp"

namespace xpc::capture::ios_xe {
namespace {

using base::Errc;
using base::text;

constexpr std::size_t most_answer = std::size_t{4} << 20U;

constexpr std::string_view what_is_missing =
    "there is no IOS session here: captures by dohost need \"xepacketcap work --once\", started by "
    "IOS through its EEM applet";

}  // namespace

base::Result<std::string> DohostCli::ask(const Batch& batch, const Asking& asking) {
    const auto lines = checked_lines(batch);
    if (!lines) return std::unexpected(lines.error());
    if (!turns_.wait(asking.turn_by())) {
        return base::refuse(Errc::timeout, "dohost is busy with other captures");
    }
    const Turns::Turn turn(turns_);
    if (asking.stop.requested()) return base::refuse(Errc::cancelled, "cancelled");
    const auto said = base::joined(*lines, " ; ");
    asking.note_said(said);
    std::string answer;
    try {
        answer = base::all_output_of({program_, said}, most_answer, asking.stop,
                                     base::in(asking.patience));
    } catch (const base::Failure& failure) {  // the end of a process is an answer like others
        auto error = failure.error();
        if (error.errc == Errc::timeout) error.message = text("dohost: no answer in time");
        if (error.errc == Errc::not_ready) {
            error.message =
                text(program_, " is not in PATH: this is no guestshell; ", what_is_missing);
        }
        return std::unexpected(std::move(error));
    }
    std::erase(answer, '\r');
    asking.note_answered(answer);
    if (auto missing = missing_session(answer)) {
        return base::refuse(Errc::not_ready, std::move(*missing));
    }
    return without_noise(answer);
}

std::optional<std::string> missing_session(std::string_view answer) {
    // An answer that has one of these words somewhere in a long text is another matter.
    constexpr std::size_t longest = 400;
    constexpr auto words = std::to_array<std::string_view>(
        {"Unexpected Error", "System Error", "IOSP_SESSION environment variable not set",
         "No SETUPINPROGRESS Var"});
    const auto bare = base::trimmed(answer);
    if (bare.size() > longest) return std::nullopt;
    const auto said =
        std::ranges::find_if(words, [&](std::string_view word) { return bare.contains(word); });
    if (said == words.end()) return std::nullopt;
    return text("dohost says ", base::quoted(bare), ": ", what_is_missing);
}

}  // namespace xpc::capture::ios_xe
