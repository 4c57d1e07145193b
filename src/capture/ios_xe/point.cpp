#include "capture/ios_xe/point.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "capture/ios_xe/exporting.hpp"
#include "capture/ios_xe/names.hpp"

namespace xpc::capture::ios_xe {
namespace {

using base::Errc;
using base::Failure;
using base::text;

constexpr std::uint64_t mib = std::uint64_t{1} << 20U;
// the disk of a device is not ours alone
constexpr std::uint32_t least_buffer_mib = 1;

}  // namespace

CapturePoint::CapturePoint(Device& device, Plan plan, Dialogue* dialogue,
                           std::optional<base::WallTime> began_at)
    : device_(device),
      plan_(std::move(plan)),
      dialogue_(dialogue),
      facts_(base::value_or_throw(device.facts(dialogue))),
      booted_(device.booted()),
      began_at_(began_at) {}

std::string CapturePoint::ask(const Batch& batch, std::chrono::milliseconds patience) {
    return base::value_or_throw(device_.ask(batch, dialogue_, patience));
}

Failure CapturePoint::refused(std::string_view what, std::string_view answer) const {
    if (const auto words = refusal(answer)) {
        return Failure(device_.told(refusal_errc(*words), text(what, ": it says ", *words)));
    }
    return Failure(
        device_.told(Errc::device_lost, text(what, ", as far as its answer is understood: it says ",
                                             base::quoted(base::trimmed(answer)))));
}

std::optional<Point> CapturePoint::own_point(std::string_view answer) const {
    const auto points = parse_points(answer);
    const auto ours = std::ranges::find(points, plan_.name, &Point::name);
    return ours == points.end() ? std::nullopt : std::optional(*ours);
}

/// Nothing of its name is on the device then, and the buffer is as large as there is room.
void CapturePoint::prepare() {
    const auto before = ask(show_remains(plan_.name, facts_.place));
    if (own_point(before) || shows_list(before, plan_.name)) {  // of a job store that was lost
        clear(Extent::all);
    }
    const auto free = free_bytes(before);
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
    prepare();
    const auto answer = ask(setup(plan_, facts_.kind));
    if (refusal(answer)) throw refused("the capture can not be set up", answer);
    const auto ours = own_point(answer);
    if (!ours || ours->interface.empty()) {
        throw refused(text("the capture is not on interface ", plan_.interface), answer);
    }
    return plan_.interface == control_plane ? plan_.interface : ours->interface;
}

void CapturePoint::start() {
    const auto answer = ask(ios_xe::start(plan_.name));
    const auto ours = own_point(answer);
    const bool is_active = ours && ours->is_active;
    // one that is full at once is not active any more when it is looked at
    if (!is_active && (refusal(answer) || !base::lower(answer).contains("started"))) {
        throw refused("the capture does not start", answer);
    }
    began_at_ = base::wall_now();
}

std::optional<Point> CapturePoint::look() {
    return own_point(ask({{.text = text("show monitor capture ", plan_.name)}}));
}

CapturePoint::Stopped CapturePoint::stop() {
    auto batch = ios_xe::stop(plan_.name);
    const bool has_list = !plan_.acl.entries.empty();
    if (has_list) batch.push_back(show_acl(plan_.name, plan_.acl.family).front());
    batch.push_back(ios_xe::counts(plan_.name, facts_.kind).front());
    auto answer = ask(batch);
    auto seen = own_point(answer);
    if (!seen && !says_no_capture(answer)) {
        // one that has ended by itself is not active, and what is behind a refusal may not be done
        answer += '\n' + ask({batch.begin() + 1, batch.end()});
        seen = own_point(answer);
    }
    if (!seen) throw loss();
    if (seen->is_active) throw refused("the capture does not stop", answer);
    const bool knows_lists = has_list && !is_syntax_refusal(answer);
    return {.counts = parse_counts(answer),
            .has_acl = !knows_lists || shows_list(answer, plan_.name)};
}

bool CapturePoint::has_captured() {
    const auto counts = parse_counts(ask(ios_xe::counts(plan_.name, facts_.kind)));
    return counts.in_buffer.value_or(0) > 0 || counts.sent.value_or(0) > 0 ||
           counts.dropped.value_or(0) > 0;
}

std::uint64_t CapturePoint::export_file() {
    // Of a process that was ended before it fetched it; and a file that is there makes it ask back.
    const auto before = base::value_or_throw(await_quiet(device_, plan_.name, facts_, dialogue_));
    if (file_bytes(before, file_name(plan_.name))) {
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
    // A router that says so has written all of it.
    const int complete_looks = is_complete && facts_.kind == Kind::router ? 0 : 1;
    std::optional<std::uint64_t> last;
    for (int same = 0;;) {
        const auto answer = ask(export_state(plan_.name, facts_.place, facts_.kind));
        const auto size = file_bytes(answer, file_name(plan_.name));
        const auto state = export_state_of(answer);
        if (state == ExportState::failed) throw failed_export(answer);
        is_complete = is_complete || state == ExportState::complete;
        same = size && size == last ? same + 1 : 0;
        last = size;
        const int enough = is_complete ? complete_looks : quiet_looks;
        if (size && same >= enough && (is_complete || state != ExportState::running)) return *size;
        auto next = await_next_look(device_, deadline, answer);
        if (!next) throw Failure(std::move(next.error()));
    }
}

/// A switch says no more than that it failed. There was room for the buffer when it began.
Failure CapturePoint::failed_export(const std::string& answer) const {
    const auto free = free_bytes(answer);
    const auto needed = plan_.buffer_mib == 0 ? most_buffer_mib : plan_.buffer_mib;
    if (refusal(answer) || !free || *free >= needed * mib) {
        return refused("the export failed", answer);
    }
    return Failure(device_.told(
        Errc::device_flash_full,
        text("the export failed, and ", facts_.place, " has ", *free,
             " bytes free, less than the buffer: it says ", base::quoted(base::trimmed(answer)))));
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

void CapturePoint::clear(Extent extent) {
    auto cleared = clear_from(device_, plan_.name, extent, dialogue_);
    if (!cleared) throw Failure(std::move(cleared.error()));
}

Failure CapturePoint::loss() {
    const auto version = device_.version(dialogue_);
    const auto uptime = version ? version->uptime : std::nullopt;
    // "uptime is" has whole minutes: the device may have been up for one more than it says
    constexpr std::chrono::minutes step{2};
    const auto booted = device_.booted();
    const bool has_moved = booted && booted_ && *booted > *booted_ + step;
    const bool is_younger = uptime && began_at_ && base::wall_now() - *uptime > *began_at_;
    if (uptime && (has_moved || is_younger)) {
        return Failure(device_.told(Errc::device_reloaded,
                                    text("it was reloaded ", base::human_duration(*uptime),
                                         " ago, and the capture ", plan_.name, " is lost")));
    }
    return Failure(
        device_.told(Errc::device, text("there is no capture ", plan_.name, " on it any more")));
}

}  // namespace xpc::capture::ios_xe
