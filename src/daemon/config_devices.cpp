#include "daemon/config_devices.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

#include <sys/stat.h>

#include "base/clock.hpp"
#include "base/home_folder.hpp"
#include "base/text.hpp"
#include "capture/engines.hpp"

namespace xpc::daemon {
namespace {

using base::text;
using capture::DeviceSettings;
using capture::Way;

/// In an environment variable.
std::string variable_part(std::string_view name) {
    std::string part(name);
    std::ranges::transform(part, part.begin(), [](char c) {
        if (c >= 'a' && c <= 'z') return static_cast<char>(c - 32);
        return base::is_alphanumeric(c) ? c : '_';
    });
    return part;
}

std::string secret_variable(const DeviceSettings& device, std::string_view what) {
    return text("XEPACKETCAP_DEVICE_", variable_part(device.name), "_", what);
}

bool is_printable_ascii(std::string_view value) {
    return std::ranges::all_of(value, [](char c) { return c > ' ' && c <= '~'; });
}

std::string set_name(DeviceSettings& device, const std::string& value) {
    constexpr std::size_t longest = 64;
    const bool fits =
        !value.empty() && value.size() <= longest && std::ranges::all_of(value, [](char c) {
            return base::is_alphanumeric(c) || c == '-' || c == '_' || c == '.';
        });
    if (!fits || value == capture::local_device) {
        return text("must have only letters, digits, '-', '_' and '.', at most ", longest,
                    ", and not be \"local\", which is this host; and is ", base::quoted(value));
    }
    device.name = value;
    return {};
}

std::string set_engine(DeviceSettings& /*device*/, const std::string& value) {
    return value == "iosxe" ? "" : text("must be iosxe, and is ", base::quoted(value));
}

std::string set_way(DeviceSettings& device, const std::string& value) {
    if (value != "ssh" && value != "dohost") {
        return text("must be ssh or dohost, and is ", base::quoted(value));
    }
    device.way = value == "ssh" ? Way::ssh : Way::dohost;
    return {};
}

std::string set_mark(DeviceSettings& device, const std::string& value) {
    const bool fits = value.size() == 2 &&
                      std::ranges::all_of(value, [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!fits) return text("must be two capital letters, and is ", base::quoted(value));
    device.mark = value;
    return {};
}

std::string set_host(DeviceSettings& device, const std::string& value) {
    const bool fits = !value.empty() && std::ranges::all_of(value, [](char c) {
        return base::is_alphanumeric(c) || std::string_view(".-_:%").contains(c);
    });
    if (!fits) return text("must be a name or an address, and is ", base::quoted(value));
    device.host = value;
    return {};
}

std::string set_port(DeviceSettings& device, const std::string& value) {
    const auto port = base::parse_decimal<std::uint16_t>(value);
    if (!port || *port == 0) return text("must be 1 to 65535, and is ", base::quoted(value));
    device.port = *port;
    return {};
}

std::string set_user(DeviceSettings& device, const std::string& value) {
    if (value.empty() || !is_printable_ascii(value)) {
        return text("must be printable ASCII without spaces, and is ", base::quoted(value));
    }
    device.user = value;
    return {};
}

/// Not shown in the refusal: it is a secret.
std::string set_secret(std::string& out, const std::string& value) {
    if (value.empty() || !base::is_plain_text(value)) {
        return "must be text without control characters, and not be empty";
    }
    out = value;
    return {};
}

bool others_can_read(const std::string& path) {
    struct stat status{};
    return ::stat(path.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0;
}

std::string refusal_of_others(const std::string& path) {
    return text("others can read ", path, ": take that away with chmod o= ", path);
}

std::string set_password_file(DeviceSettings& device, const std::string& value) {
    std::ifstream file(value, std::ios::binary);
    std::string content{std::istreambuf_iterator<char>(file), {}};
    if (!file) {
        return text(base::quoted(value), ": ",
                    std::generic_category().message(errno == 0 ? EIO : errno));
    }
    if (others_can_read(value)) return refusal_of_others(value);
    while (content.ends_with('\n') || content.ends_with('\r'))
        content.pop_back();
    return set_secret(device.password, content);
}

std::string set_path(std::filesystem::path& out, const std::string& value) {
    if (!value.starts_with('/')) {
        return text("must be an absolute path, and is ", base::quoted(value));
    }
    out = value;
    return {};
}

std::string set_key_file(DeviceSettings& device, const std::string& value) {
    auto cause = set_path(device.key_file, value);
    if (cause.empty() && others_can_read(value)) cause = refusal_of_others(value);
    return cause;
}

/// As `ssh-keygen -l` prints it: the SHA-256 in base64 without padding.
std::string set_fingerprint(DeviceSettings& device, const std::string& value) {
    constexpr std::string_view prefix = "SHA256:";
    constexpr std::size_t digits = 43;
    const bool fits = value.starts_with(prefix) && value.size() == prefix.size() + digits &&
                      std::ranges::all_of(value.substr(prefix.size()), [](char c) {
                          return base::is_alphanumeric(c) || c == '+' || c == '/';
                      });
    if (!fits)
        return text("must be as ssh-keygen -l prints it, SHA256:…, and is ", base::quoted(value));
    device.fingerprint = value;
    return {};
}

std::string set_export_to(DeviceSettings& device, const std::string& value) {
    const auto colon = value.find(':');
    const bool fits = colon != std::string::npos && colon > 0 && !value.contains("..") &&
                      (value.ends_with(':') || value.ends_with('/')) &&
                      std::ranges::all_of(value, [](char c) {
                          return base::is_alphanumeric(c) || std::string_view(":/-_.").contains(c);
                      });
    if (!fits) {
        return text("must be a file system or folder of the device, such as \"flash:\" or ",
                    "\"bootflash:guest-share/\", and is ", base::quoted(value));
    }
    device.export_to = value;
    return {};
}

std::string set_timeout(DeviceSettings& device, const std::string& value) {
    const auto parsed = base::parse_duration(value);
    if (!parsed) return parsed.error().message;
    if (*parsed < std::chrono::seconds(1) || *parsed > std::chrono::minutes(10)) {
        return text("must be from 1 s to 10 min, and is ", base::quoted(value));
    }
    device.timeout = *parsed;
    return {};
}

std::string set_captures(DeviceSettings& device, const std::string& value) {
    constexpr std::size_t most = 64;
    const auto parsed = base::parse_decimal<std::size_t>(value);
    if (!parsed || *parsed == 0 || *parsed > most) {
        return text("must be from 1 to ", most, ", and is ", base::quoted(value));
    }
    device.most_captures = *parsed;
    return {};
}

constexpr auto keys = std::to_array<DeviceKey>({
    {"device", "name", set_name},
    {"device", "engine", set_engine},
    {"device", "way", set_way},
    {"device", "mark", set_mark},
    {"device", "host", set_host, true},
    {"device", "port", set_port, true},
    {"device", "user", set_user, true},
    {"device", "password",
     [](DeviceSettings& device, const std::string& value) {
         return set_secret(device.password, value);
     },
     true},
    {"device", "password_file", set_password_file, true},
    {"device", "enable_password",
     [](DeviceSettings& device, const std::string& value) {
         return set_secret(device.enable_password, value);
     },
     true},
    {"device", "key_file", set_key_file, true},
    {"device", "known_hosts",
     [](DeviceSettings& device, const std::string& value) {
         return set_path(device.known_hosts, value);
     },
     true},
    {"device", "fingerprint", set_fingerprint, true},
    {"device", "old_algorithms",
     [](DeviceSettings& device, const std::string& value) {
         device.old_algorithms = value == "true";
         return value == "true" || value == "false"
                    ? ""
                    : text("must be true or false, and is ", base::quoted(value));
     },
     true},
    {"device", "export_to", set_export_to},
    {"device", "mount",
     [](DeviceSettings& device, const std::string& value) {
         return set_path(device.mount, value);
     }},
    {"device", "captures", set_captures},
    {"device", "timeout", set_timeout},
});

std::optional<DeviceFault> fault_of_dohost(const DeviceReading& device,
                                           const std::vector<DeviceSettings>& others) {
    for (const std::string& key : device.given) {
        if (const auto* known = find_device_key(key); known != nullptr && known->is_of_ssh) {
            return DeviceFault{.key = key, .cause = "means nothing where way is dohost"};
        }
    }
    if (std::ranges::count(others, Way::dohost, &DeviceSettings::way) > 0) {
        return DeviceFault{.key = "way",
                           .cause =
                               "only one device can be reached by dohost: the one that this "
                               "guestshell is on"};
    }
    return std::nullopt;
}

std::optional<DeviceFault> fault_of_ssh(const DeviceSettings& device) {
    if (device.host.empty()) return DeviceFault{.key = "host", .cause = "is missing"};
    if (device.user.empty()) return DeviceFault{.key = "user", .cause = "is missing"};
    if (device.password.empty() && device.key_file.empty()) {
        return DeviceFault{.key = "password",
                           .cause = text("is missing; or password_file, key_file, or the variable ",
                                         secret_variable(device, "PASSWORD"))};
    }
    return std::nullopt;
}

}  // namespace

const DeviceKey* find_device_key(std::string_view name) noexcept {
    const auto* const found = std::ranges::find(keys, name, &DeviceKey::name);
    return found == keys.end() ? nullptr : found;
}

void read_device_secrets(DeviceReading& device, const Environment& environment) {
    DeviceSettings& settings = device.settings;
    if (settings.way == Way::dohost) return;
    if (auto value = environment(secret_variable(settings, "PASSWORD"))) {
        settings.password = std::move(*value);
    }
    if (auto value = environment(secret_variable(settings, "ENABLE_PASSWORD"))) {
        settings.enable_password = std::move(*value);
    }
}

std::filesystem::path usual_known_hosts() {
    const auto home = base::home_folder();
    return home.empty() ? home : home / ".ssh/known_hosts";
}

std::optional<DeviceFault> complete_device(const DeviceReading& device,
                                           const std::vector<DeviceSettings>& others) {
    const DeviceSettings& settings = device.settings;
    if (settings.name.empty()) return DeviceFault{.key = "name", .cause = "is missing"};
    for (const DeviceSettings& other : others) {
        if (variable_part(other.name) != variable_part(settings.name)) continue;
        return DeviceFault{.key = "name",
                           .cause = text(base::quoted(settings.name), " is too much like ",
                                         base::quoted(other.name), ", another device")};
    }
    if (std::ranges::count(device.given, "password") > 0 &&
        std::ranges::count(device.given, "password_file") > 0) {
        return DeviceFault{.key = "password_file",
                           .cause = "there can not be both, password and it"};
    }
    return settings.way == Way::dohost ? fault_of_dohost(device, others) : fault_of_ssh(settings);
}

base::Result<void> check_secrecy(std::string_view content, const std::string& path) {
    constexpr std::array<std::string_view, 2> secrets{"password", "enable_password"};
    const bool has_secret = std::ranges::any_of(base::split(content, '\n'), [&](auto line) {
        const auto key = base::trimmed(line.substr(0, line.find('=')));
        return line.contains('=') && std::ranges::count(secrets, key) > 0;
    });
    if (!has_secret || !others_can_read(path)) return {};
    return base::refuse(base::Errc::config,
                        text(path, ": has passwords of devices, and ", refusal_of_others(path)),
                        "--config");
}

}  // namespace xpc::daemon
