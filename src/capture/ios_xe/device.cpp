#include "capture/ios_xe/device.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace xpc::capture::ios_xe {
namespace {

RemoteFiles& reached(RemoteFiles* remote) {
    if (remote != nullptr) return *remote;
    throw base::Failure(base::Errc::not_ready, "its files can not be reached from here");
}

}  // namespace

Facts facts_of(const Version& version, const DeviceSettings& settings) {
    constexpr unsigned first_with_guest_share = 17;
    const bool is_inside = settings.way == Way::dohost;
    const bool sees_all = !is_inside || version.release < first_with_guest_share;
    Facts facts{.kind = version.kind, .place = settings.export_to, .mount = settings.mount};
    if (facts.place.empty()) facts.place = sees_all ? "flash:" : "flash:guest-share/";
    if (facts.place.empty() || !is_inside || !facts.mount.empty()) return facts;
    facts.mount = "/bootflash";
    const auto folder = facts.place.substr(facts.place.find(':') + 1);
    if (!folder.empty()) facts.mount /= folder;
    return facts;
}

Device::Device(DeviceSettings settings, std::unique_ptr<Cli> cli,
               std::unique_ptr<RemoteFiles> remote, Pace pace)
    : settings_(std::move(settings)),
      cli_(std::move(cli)),
      remote_(std::move(remote)),
      pace_(pace),
      gives_files_(settings_.way == Way::dohost || !settings_.mount.empty()) {}

base::Error Device::told(base::Errc errc, std::string_view message) const {
    return {
        .errc = errc, .message = base::text("device ", settings_.name, ": ", message), .field = {}};
}

base::Result<std::string> Device::ask(const Batch& batch, Dialogue* dialogue,
                                      std::chrono::milliseconds patience) {
    const auto wait = patience == std::chrono::milliseconds::zero() ? settings_.timeout : patience;
    auto answer = cli_->ask(batch, {.stop = stop_, .patience = wait, .dialogue = dialogue});
    if (!answer) return std::unexpected(told(answer.error().errc, answer.error().message));
    return answer;
}

base::Result<Version> Device::version(Dialogue* dialogue) {
    const auto answer = ask({{.text = "show version"}}, dialogue);
    if (!answer) return std::unexpected(answer.error());
    auto version = parse_version(*answer);
    if (!version) return std::unexpected(told(version.error().errc, version.error().message));
    if (version->uptime) {
        booted_.with([&version](std::optional<base::Deadline>& kept) {
            kept = base::Deadline::clock::now() - *version->uptime;
        });
    }
    facts_.with([&](std::optional<Facts>& kept) { kept = facts_of(*version, settings_); });
    return version;
}

base::Result<Facts> Device::facts(Dialogue* dialogue) {
    if (auto known = facts_.copy()) return *known;
    // many may want to know at the start of a process: one asks
    if (!asking_.wait(base::in(settings_.timeout * 10))) {
        return std::unexpected(told(base::Errc::timeout, "it is busy with other captures"));
    }
    const Turns::Turn turn(asking_);
    if (auto known = facts_.copy()) return *known;
    const auto found = version(dialogue);
    if (!found) return std::unexpected(found.error());
    return facts_of(*found, settings_);
}

base::Result<void> Device::check_files() {
    if (gives_files_) return {};
    const auto known = facts(nullptr);
    if (!known) return std::unexpected(known.error());
    try {
        reached(remote_.get())
            .probe(known->place + "is-scp-enabled", {.stop = stop_, .patience = settings_.timeout});
    } catch (const base::Failure& failure) {  // says which device it was
        return std::unexpected(told(failure.error().errc, failure.error().message));
    }
    gives_files_ = true;
    return {};
}

base::UniqueFd Device::fetch(const Facts& facts, const std::string& file, std::uint64_t bytes,
                             Dialogue* dialogue) {
    // a slow line has 100 KiB/s
    constexpr std::uint64_t slow_bytes_a_second = std::uint64_t{100} << 10U;
    const auto patience = settings_.timeout * 2 + std::chrono::seconds(bytes / slow_bytes_a_second);
    const Asking asking{.stop = stop_, .patience = patience, .dialogue = dialogue};
    try {
        if (!facts.mount.empty()) return open_mounted(facts.mount / file, bytes);
        RemoteFiles& remote = reached(remote_.get());
        auto copy = temporary_file(settings_.scratch);
        remote.fetch(facts.place + file, bytes, copy, asking);
        return copy;
    } catch (const base::Failure& failure) {  // says which device it was
        throw base::Failure(told(failure.error().errc, failure.error().message));
    }
}

}  // namespace xpc::capture::ios_xe
