#include "daemon/confinement/needs.hpp"

#include <system_error>

#include "daemon/device_roles.hpp"

namespace xpc::daemon {
namespace {

/// Where links lead that somebody has put into the data_dir, for more room elsewhere.
void add_links(const std::filesystem::path& folder, std::vector<NeededFile>& folders) {
    std::error_code error;
    for (auto it = std::filesystem::directory_iterator(folder, error);
         !error && it != std::filesystem::directory_iterator(); it.increment(error)) {
        if (!it->is_symlink(error)) continue;
        const auto target = std::filesystem::canonical(it->path(), error);
        if (!error) folders.push_back({.path = target, .whose = it->path().native()});
    }
}

}  // namespace

Needs needs_of(const Config& config, const std::optional<sink::S3Options>& s3) {
    Needs needs;
    const auto add = [&needs](const std::filesystem::path& path, std::string whose) {
        if (!path.empty()) needs.files.push_back({.path = path, .whose = std::move(whose)});
    };
    // read again with SIGHUP
    add(config.tls.certificate, "tls.certificate");
    add(config.tls.key, "tls.key");
    add(config.tls.client_ca, "tls.client_ca");
    if (s3) {
        add(s3->ca_file, "s3.ca_file");
        const auto keys = sink::key_needs(*s3);
        for (const auto& file : keys.files)
            add(file, "the credentials for S3");
        needs.runs_programs = keys.runs_command;
    }
    for (const capture::DeviceSettings& device : config.devices) {
        if (device.way == capture::Way::ssh) {
            add(device.key_file, "device.key_file");
            if (device.fingerprint.empty()) add(device.known_hosts, "device.known_hosts");
        }
        if (!device.mount.empty()) {
            needs.folders.push_back({.path = device.mount, .whose = "device.mount"});
        }
    }
    if (const auto folder = config.audit.file.parent_path(); folder != config.server.data_dir) {
        needs.folders.push_back({.path = folder, .whose = "audit.file"});
    }
    add_links(config.server.data_dir, needs.folders);
    add_links(config.server.data_dir / "objects", needs.folders);
    needs.shares_data_dir = device_by_dohost(config).has_value();
    needs.runs_programs = needs.runs_programs || needs.shares_data_dir;
    return needs;
}

}  // namespace xpc::daemon
