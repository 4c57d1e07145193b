#include "capture/ios_xe/point.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "capture/ios_xe/names.hpp"

namespace xpc::capture::ios_xe {
namespace {

using base::Errc;
using base::Failure;
using base::text;

constexpr std::uint64_t mib = std::uint64_t{1} << 20U;
// the disk of a device is not ours alone
constexpr std::uint32_t least_buffer_mib = 1;

/// Refusals that only say that something is not there.
bool says_only_absent(std::string_view words) {
    const auto lowered = base::lower(words);
    return lowered.contains("does not exist") || lowered.contains("no such file") ||
           lowered.contains("not found") || lowered.contains("non-existent");
}

}  // namespace

CapturePoint::CapturePoint(Device& device, Plan plan, Dialogue* dialogue)
    : device_(device),
      plan_(std::move(plan)),
      dialogue_(dialogue),
      facts_(base::value_or_throw(device.facts(dialogue))),
      booted_(device.booted()) {}

std::string CapturePoint::ask(const Batch& batch, std::chrono::milliseconds patience) {
    return base::value_or_throw(device_.ask(batch, dialogue_, patience));
}

Failure CapturePoint::refused(std::string_view what, std::string_view answer) const {
    const auto words = refusal(answer).value_or(base::quoted(base::trimmed(answer)));
    return Failure(device_.told(refusal_errc(words), text(what, ": it says ", words)));
}

void CapturePoint::check_room() {
    const auto listing = ask({{.text = text("dir ", facts_.place)}});
    const auto free = free_bytes(listing);
    if (!free) return;  // the export will tell
    const auto free_mib =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(*free / mib, most_buffer_mib));
    if (plan_.buffer_mib > free_mib || free_mib < least_buffer_mib) {
        throw Failure(device_.told(Errc::device_flash_full,
                                   text(facts_.place, " has ", base::human_bytes(*free),
                                        " free, which is less than the buffer")));
    }
    if (plan_.buffer_mib == 0) plan_.buffer_mib = free_mib;
}

std::string CapturePoint::configure() {
    check_room();
    [[maybe_unused]] const auto removed = ask(remove_capture(plan_.name));
    const auto answer = ask(setup(plan_, facts_.kind));
    if (refusal(answer)) throw refused("the capture can not be set up", answer);
    const auto points = parse_points(answer);
    const auto ours = std::ranges::find(points, plan_.name, &Point::name);
    if (ours == points.end() || ours->interface.empty()) {
        throw refused(text("the capture is not on interface ", plan_.interface), answer);
    }
    return plan_.interface == control_plane ? plan_.interface : ours->interface;
}

void CapturePoint::start() {
    const auto answer = ask(ios_xe::start(plan_.name));
    const auto points = parse_points(answer);
    const auto ours = std::ranges::find(points, plan_.name, &Point::name);
    const bool is_active = ours != points.end() && ours->is_active;
    // one that is full at once is not active any more when it is looked at
    if (!is_active && (refusal(answer) || !base::lower(answer).contains("started"))) {
        throw refused("the capture does not start", answer);
    }
}

std::optional<Point> CapturePoint::look() {
    const auto answer = ask({{.text = text("show monitor capture ", plan_.name)}});
    const auto points = parse_points(answer);
    const auto ours = std::ranges::find(points, plan_.name, &Point::name);
    return ours == points.end() ? std::nullopt : std::optional(*ours);
}

Counts CapturePoint::stop() {
    const auto answer = ask(ios_xe::stop(plan_.name));
    if (says_no_capture(answer)) throw loss();
    if (refusal(answer) && !says_not_active(answer)) {
        throw refused("the capture does not stop", answer);
    }
    auto counts = parse_counts(answer);
    const auto more = parse_counts(ask(ios_xe::counts(plan_.name, facts_.kind)));
    const auto take = [](auto& into, const auto& from) {
        if (from) into = from;
    };
    take(counts.in_buffer, more.in_buffer);
    take(counts.dropped, more.dropped);
    take(counts.buffer_kib, more.buffer_kib);
    take(counts.used_kib, more.used_kib);
    take(counts.duration, more.duration);
    return counts;
}

bool CapturePoint::is_unused() {
    const auto counts = parse_counts(ask(ios_xe::counts(plan_.name, facts_.kind)));
    return counts.in_buffer == 0 && counts.dropped.value_or(0) == 0;
}

bool CapturePoint::has_acl() {
    if (plan_.acl.entries.empty()) return true;
    const auto answer = ask(show_acl(plan_.name, plan_.acl.family));
    return answer.contains(plan_.name) || is_syntax_refusal(answer);
}

std::uint64_t CapturePoint::export_file() {
    if (file_size()) {  // of a process that was ended before it fetched it
        [[maybe_unused]] const auto gone = ask(remove_file(plan_.name, facts_.place));
    }
    const auto patience = device_.settings().timeout * 10;
    auto answer = ask(export_to(plan_.name, facts_.place, facts_.kind), patience);
    if (is_syntax_refusal(answer)) {  // releases differ in what a family says
        const Kind other = facts_.kind == Kind::router ? Kind::catalyst : Kind::router;
        answer = ask(export_to(plan_.name, facts_.place, other), patience);
    }
    if (says_no_capture(answer)) throw loss();
    const auto state = export_state_of(answer);
    if (state == ExportState::failed || (state == ExportState::unknown && refusal(answer))) {
        throw refused("the capture can not be exported", answer);
    }
    return await_export(state == ExportState::complete);
}

std::uint64_t CapturePoint::await_export(bool is_complete) {
    const auto deadline = base::in(device_.settings().timeout * 10);
    // Where the device does not say that it is done, it is when the file does not grow any more.
    constexpr int quiet_looks = 4;
    std::optional<std::uint64_t> last;
    for (int same = 0;;) {
        const auto answer = ask(export_state(plan_.name, facts_.place, facts_.kind));
        const auto size = file_bytes(answer, file_name(plan_.name));
        const auto state = export_state_of(answer);
        if (state == ExportState::failed) throw refused("the export failed", answer);
        is_complete = is_complete || state == ExportState::complete;
        same = size && size == last ? same + 1 : 0;
        last = size;
        const int enough = is_complete ? 1 : quiet_looks;
        if (size && same >= enough && (is_complete || state != ExportState::running)) return *size;
        const auto next = std::min(deadline, base::in(device_.pace().exporting));
        if (base::wait(base::Fd(), device_.stop(), next) == base::Woken::stopped) {
            throw Failure(device_.told(Errc::cancelled, "cancelled"));
        }
        if (next == deadline) {
            throw Failure(device_.told(
                Errc::timeout, text("the export to ", facts_.place, " does not end: it says ",
                                    base::quoted(base::trimmed(answer)))));
        }
    }
}

std::optional<std::uint64_t> CapturePoint::file_size() {
    return file_bytes(ask(list_file(plan_.name, facts_.place)), file_name(plan_.name));
}

base::UniqueFd CapturePoint::fetch(std::uint64_t bytes) {
    const auto file = file_name(plan_.name);
    auto fetched = device_.fetch(facts_, file, bytes, dialogue_);
    const auto now = file_size();
    if (now != bytes) {
        throw Failure(device_.told(Errc::device_file, text("the exported file had ", bytes,
                                                           " bytes, and has ", now.value_or(0))));
    }
    return fetched;
}

void CapturePoint::remove(bool with_file) {
    const auto check = [this](std::string_view what, const std::string& answer) {
        const auto words = refusal(answer);
        if (words && !says_only_absent(*words)) throw refused(what, answer);
    };
    check("the capture can not be removed", ask(remove_capture(plan_.name)));
    if (!plan_.acl.entries.empty()) {
        check("the access list can not be removed", ask(remove_acl(plan_.name, plan_.acl.family)));
    }
    if (!with_file) return;
    const auto answer = ask(remove_file(plan_.name, facts_.place));
    if (file_bytes(answer, file_name(plan_.name))) {
        throw refused("the file can not be removed", answer);
    }
}

Failure CapturePoint::loss() {
    const auto version = device_.version(dialogue_);
    const auto uptime = version ? version->uptime : std::nullopt;
    constexpr std::chrono::minutes step{2};  // "uptime is" has minutes
    constexpr std::chrono::minutes young{5};
    const auto booted = device_.booted();
    const bool has_moved = booted && booted_ && *booted > *booted_ + step;
    if (uptime && (has_moved || *uptime < young)) {
        return Failure(device_.told(Errc::device_reloaded,
                                    text("it was reloaded ", base::human_duration(*uptime),
                                         " ago, and the capture ", plan_.name, " is lost")));
    }
    return Failure(
        device_.told(Errc::device, text("there is no capture ", plan_.name, " on it any more")));
}

}  // namespace xpc::capture::ios_xe
