#include "capture/ios_xe/engine.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"
#include "capture/ios_xe/clearing.hpp"
#include "capture/ios_xe/device_capture.hpp"
#include "capture/ios_xe/dohost_cli.hpp"
#include "capture/ios_xe/epc_commands.hpp"
#include "capture/ios_xe/names.hpp"
#include "capture/ios_xe/scp_files.hpp"
#include "capture/ios_xe/ssh_cli.hpp"

namespace xpc::capture::ios_xe {
namespace {

using base::Errc;
using base::Failure;
using base::text;

std::unique_ptr<Cli> cli_of(const DeviceSettings& settings) {
    if (settings.way == Way::dohost) return std::make_unique<DohostCli>();
    return std::make_unique<SshCli>(settings);
}

std::unique_ptr<RemoteFiles> files_of(const DeviceSettings& settings) {
    if (settings.way == Way::dohost) return nullptr;  // they are seen in the guestshell
    return std::make_unique<ScpFiles>(settings);
}

/// A process by dohost costs memory, and a line of a log that is never shortened.
Pace pace_of(const DeviceSettings& settings) {
    using std::chrono::seconds;
    if (settings.way == Way::dohost) return {.status = seconds(5), .exporting = seconds(2)};
    return {};
}

DeviceSettings checked(DeviceSettings settings) {
    const auto refuse = [&](std::string_view key, std::string_view why) {
        throw Failure(Errc::config, text("device ", settings.name, ": ", key, " ", why));
    };
    const bool is_mark =
        settings.mark.size() == 2 && std::ranges::all_of(settings.mark, base::is_letter);
    if (!is_mark) refuse("mark", "must be two letters");
    if (!settings.export_to.empty() && !is_place(settings.export_to)) {
        refuse("export_to", R"(must be a place such as "flash:" or "bootflash:guest-share/")");
    }
    return settings;
}

Description description_of(const CaptureOptions& options, std::string interface) {
    return {.interface = std::move(interface),
            .link_type = pcap::LinkType::ethernet,
            .snaplen = options.snaplen,
            .filter = shown_filter(options.filter),
            .hardware_time = false};
}

Plan named_plan(const CaptureOptions& options) {
    auto plan = base::value_or_throw(plan_of(options));
    if (plan.name.empty()) throw Failure(Errc::internal, "a capture on a device needs a name");
    return plan;
}

}  // namespace

IosXeEngine::IosXeEngine(const DeviceSettings& settings)
    : IosXeEngine(settings, cli_of(settings), files_of(settings), pace_of(settings)) {}

IosXeEngine::IosXeEngine(const DeviceSettings& settings, std::unique_ptr<Cli> cli,
                         std::unique_ptr<RemoteFiles> remote, Pace pace)
    : device_(checked(settings), std::move(cli), std::move(remote), pace), watch_(device_) {}

base::Result<Description> IosXeEngine::check(const CaptureOptions& options) const {
    auto plan = plan_of(options);
    if (!plan) return std::unexpected(std::move(plan.error()));
    return description_of(options, options.interface);
}

base::Result<Instructions> IosXeEngine::instructions(const CaptureOptions& options) {
    const auto plan = plan_of(options);
    if (!plan) return std::unexpected(plan.error());
    const auto facts = device_.facts(nullptr);
    auto batch = setup(*plan, facts ? facts->kind : Kind::router);
    batch.pop_back();  // how it stands then
    batch.push_back(ios_xe::start(plan->name).front());
    return Instructions{.language = "ios", .lines = typed_lines(batch)};
}

std::vector<std::unique_ptr<Capture>> IosXeEngine::open(const CaptureOptions& options) {
    // what could not be fetched need not be captured
    if (!device_.gives_files()) {
        if (auto ready = readiness(); !ready) throw Failure(std::move(ready.error()));
    }
    CapturePoint point(device_, named_plan(options), options.dialogue);
    std::string interface;
    try {
        interface = point.configure();
    } catch (const Failure&) {  // nothing that was set up by half stays
        [[maybe_unused]] const auto cleared = clear(options.name, options.dialogue);
        throw;
    }
    std::vector<std::unique_ptr<Capture>> captures;
    captures.push_back(std::make_unique<DeviceCapture>(
        device_, watch_, std::move(point), description_of(options, std::move(interface)),
        DeviceCapture::Left::nothing));
    return captures;
}

std::unique_ptr<Capture> IosXeEngine::resume(const CaptureOptions& options) {
    CapturePoint point(device_, named_plan(options), options.dialogue, options.began_at);
    auto left = DeviceCapture::Left::capture;
    auto interface = options.interface;
    const auto seen = point.look();
    if (!options.began_at && !(seen && (seen->is_active || point.has_captured()))) {
        // Set up, as a whole or in part, and not started. It is not known what is missing, and so
        // open() begins with nothing.
        throw Failure(device_.told(Errc::device, text(options.name, " has not begun")));
    }
    if (seen) {
        if (!seen->interface.empty() && interface != control_plane) interface = seen->interface;
    } else {
        if (!point.file_size()) throw point.loss();
        left = DeviceCapture::Left::file;
    }
    return std::make_unique<DeviceCapture>(device_, watch_, std::move(point),
                                           description_of(options, std::move(interface)), left);
}

base::Result<void> IosXeEngine::readiness() {
    constexpr std::chrono::seconds holds{10};
    if (const auto known = readiness_.copy();
        known && base::Deadline::clock::now() < known->until) {
        return known->found;
    }
    Readiness now{.found = {}, .until = base::in(holds)};
    if (auto version = device_.version(nullptr); !version) {
        now.found = std::unexpected(std::move(version.error()));
    } else if (auto files = device_.check_files(); !files) {
        now.found = std::unexpected(std::move(files.error()));
    }
    readiness_.with([&now](std::optional<Readiness>& kept) { kept = now; });
    return now.found;
}

base::Result<void> IosXeEngine::clear(const std::string& name, Dialogue* dialogue) {
    return clear_from(device_, name, Extent::all, dialogue);
}

base::Result<std::vector<std::string>> IosXeEngine::sweep(std::span<const std::string> kept) {
    const auto facts = device_.facts(nullptr);
    if (!facts) return std::unexpected(facts.error());
    const auto answer = device_.ask(show_everything(facts->place), nullptr);
    if (!answer) return std::unexpected(answer.error());
    std::vector<std::string> cleared;
    for (auto& name : names_of_ours(*answer, device_.settings().mark)) {
        if (std::ranges::find(kept, name) != kept.end()) continue;
        if (auto done = clear(name, nullptr); !done) return std::unexpected(done.error());
        base::log::info("device.swept", {{"device", device_.settings().name}, {"capture", name}});
        cleared.push_back(std::move(name));
    }
    return cleared;
}

}  // namespace xpc::capture::ios_xe
