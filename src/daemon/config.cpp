#include "daemon/config.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <stdexcept>

// toml++ 3.3 asserts that a key begins as keys do before it has looked: "[,server]" would end the
// process. Its own hook turns that into an exception, which read_toml() knows. (Where the library
// asserts in a function that may not throw, the process ends as before: g++ says so.)
#define TOML_ASSERT(condition) \
    ((condition) ? static_cast<void>(0) : throw std::logic_error(#condition))
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wterminate"  // reported where the macro is used: to the end
#endif
#include <toml++/toml.h>
#include <unistd.h>

#include "base/text.hpp"
#include "capture/engines.hpp"
#include "daemon/config_clients.hpp"
#include "daemon/config_devices.hpp"
#include "daemon/config_keys.hpp"

namespace xpc::daemon {
namespace {

using base::Errc;
using base::refuse;
using base::Result;
using base::text;

constexpr const char* usual_file = "/etc/xepacketcap.toml";

const ConfigKey* find_key(std::string_view section, std::string_view name) {
    const auto keys = config_keys();
    const auto found = std::ranges::find_if(
        keys, [&](const ConfigKey& key) { return key.section == section && key.name == name; });
    return found == keys.end() ? nullptr : &*found;
}

std::string full_name(std::string_view section, std::string_view name) {
    return section.empty() ? std::string(name) : text(section, '.', name);
}

[[nodiscard]] Result<void> set(Config& config, const ConfigKey& key, const std::string& value,
                               const std::string& where) {
    const std::string cause = key.set(config, value);
    if (cause.empty()) return {};
    return refuse(Errc::config, text(where, cause), full_name(key.section, key.name));
}

/// The value as it could stand in an environment variable; nothing for a date, a list or a table.
std::optional<std::string> value_text(const toml::node& node) {
    if (const auto* words = node.as_string()) return words->get();
    if (const auto* whole = node.as_integer()) return std::to_string(whole->get());
    if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
    return std::nullopt;
}

/// The same of a list of strings, with commas between them. One string stands for a list, too.
std::optional<std::string> list_text(const toml::node& node) {
    const auto* list = node.as_array();
    if (list == nullptr) return node.is_string() ? value_text(node) : std::nullopt;
    std::vector<std::string> words;
    for (const toml::node& one : *list) {
        const auto* word = one.as_string();
        if (word == nullptr) return std::nullopt;
        words.push_back(word->get());
    }
    return base::joined(words, ",");
}

constexpr const char* not_a_list = "must be a list of strings";
constexpr const char* not_a_value = "must be a string, a whole number, true or false";

/// Walks one table of the file, and says of what stands in no table of keys that it is unknown.
class FileReader {
public:
    FileReader(Config& config, const std::string& name, const Environment& environment)
        : config_(config), name_(name), environment_(environment) {}

    [[nodiscard]] Result<void> read(const toml::table& root) {
        for (const auto& [word, node] : root) {
            const std::string_view key = word.str();
            const auto* section = node.as_table();
            const auto done = key == "device"      ? read_devices(node)
                              : section == nullptr ? read_alone(key, node)
                                                   : read_section(key, *section);
            if (!done) return done;
        }
        return {};
    }

private:
    [[nodiscard]] Result<void> read_devices(const toml::node& node) {
        const auto* list = node.as_array();
        if (list == nullptr || !list->is_array_of_tables()) {
            return refuse(Errc::config,
                          text(place(node), "device: must be [[device]], once for each device"),
                          "device");
        }
        for (const toml::node& one : *list) {
            if (auto done = read_device(*one.as_table()); !done) return done;
        }
        return {};
    }

    [[nodiscard]] Result<void> read_device(const toml::table& table) {
        DeviceReading device;
        for (const auto& [word, node] : table) {
            const std::string_view name = word.str();
            const DeviceKey* const key = find_device_key(name);
            if (key == nullptr) return unknown(node, "device", name);
            const auto value = value_text(node);
            const std::string cause = value ? key->set(device.settings, *value) : not_a_value;
            if (!cause.empty()) return refuse_in_device(node, name, cause);
            device.given.emplace_back(name);
        }
        read_device_secrets(device, environment_);
        if (const auto fault = complete_device(device, config_.devices)) {
            const toml::node* const at = table.get(fault->key);
            return refuse_in_device(at == nullptr ? table : *at, fault->key, fault->cause);
        }
        if (device.settings.known_hosts.empty()) device.settings.known_hosts = usual_known_hosts();
        config_.devices.push_back(std::move(device.settings));
        return {};
    }

    [[nodiscard]] Result<void> refuse_in_device(const toml::node& node, std::string_view key,
                                                const std::string& cause) {
        const std::string full = full_name("device", key);
        return refuse(Errc::config, text(place(node), full, ": ", cause), full);
    }

    /// data_dir is so often the only key that it may stand outside of its section.
    [[nodiscard]] Result<void> read_alone(std::string_view key, const toml::node& node) {
        return key == "data_dir" ? read_key("server", key, node) : unknown(node, "", key);
    }

    [[nodiscard]] Result<void> read_section(std::string_view section, const toml::table& table) {
        const auto keys = config_keys();
        if (std::ranges::find(keys, section, &ConfigKey::section) == keys.end()) {
            return unknown(table, "", section);
        }
        for (const auto& [word, node] : table) {
            const bool is_clients = section == "tls" && word.str() == "client";
            auto done = is_clients ? read_clients(node) : read_key(section, word.str(), node);
            if (!done) return done;
        }
        return {};
    }

    [[nodiscard]] Result<void> read_clients(const toml::node& node) {
        const auto* list = node.as_array();
        if (list == nullptr || !list->is_array_of_tables()) {
            return refuse(
                Errc::config,
                text(place(node), "tls.client: must be [[tls.client]], once for each of them"),
                "tls.client");
        }
        for (const toml::node& one : *list) {
            if (auto done = read_client(*one.as_table()); !done) return done;
        }
        return {};
    }

    [[nodiscard]] Result<void> read_client(const toml::table& table) {
        TlsClient client;
        const auto refuse_key = [&](const toml::node& at, std::string_view cause) {
            return refuse(Errc::config, text(place(at), "tls.client.", cause), "tls.client");
        };
        for (const auto& [word, node] : table) {
            const ClientKey* const key = find_client_key(word.str());
            if (key == nullptr) return unknown(node, "tls.client", word.str());
            const auto value = key->is_list ? list_text(node) : value_text(node);
            const std::string cause = value          ? key->set(client, *value)
                                      : key->is_list ? not_a_list
                                                     : not_a_value;
            if (!cause.empty()) return refuse_key(node, text(word.str(), ": ", cause));
        }
        if (const auto cause = incomplete(client); !cause.empty()) return refuse_key(table, cause);
        config_.tls_clients.push_back(std::move(client));
        return {};
    }

    [[nodiscard]] Result<void> read_key(std::string_view section, std::string_view name,
                                        const toml::node& node) {
        const ConfigKey* key = find_key(section, name);
        if (key == nullptr) return unknown(node, section, name);
        const auto value = key->is_list ? list_text(node) : value_text(node);
        const std::string where = text(place(node), full_name(section, name), ": ");
        if (!value) {
            return refuse(Errc::config, where + (key->is_list ? not_a_list : not_a_value),
                          full_name(section, name));
        }
        return set(config_, *key, *value, where);
    }

    [[nodiscard]] Result<void> unknown(const toml::node& node, std::string_view section,
                                       std::string_view name) {
        const std::string full = full_name(section, name);
        return refuse(Errc::config, text(place(node), full, ": there is no such key"), full);
    }

    [[nodiscard]] std::string place(const toml::node& node) const {
        return text(name_, ":", node.source().begin.line, ": ");
    }

    Config& config_;
    const std::string& name_;
    const Environment& environment_;
};

std::string variable_name(const ConfigKey& key) {
    std::string name = text("XEPACKETCAP_", key.section, "_", key.name);
    std::ranges::transform(name, name.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    });
    return name;
}

[[nodiscard]] Result<void> read_environment(Config& config, const Environment& environment) {
    for (const ConfigKey& key : config_keys()) {
        const std::string name = variable_name(key);
        const auto value = environment(name);
        if (!value) continue;
        if (auto done = set(config, key, *value, name + ": "); !done) return done;
    }
    return {};
}

std::filesystem::path usual_data_dir(const Environment& environment) {
    if (::geteuid() == 0) return "/var/lib/xepacketcap";
    // XDG Base Directory Specification 0.8: $XDG_STATE_HOME, else $HOME/.local/state
    if (const auto state = environment("XDG_STATE_HOME"); state && state->starts_with('/')) {
        return std::filesystem::path(*state) / "xepacketcap";
    }
    const auto home = environment("HOME");
    return std::filesystem::path(home.value_or("/var/lib")) / ".local/state/xepacketcap";
}

/// The original program ran on the device that it captured from (docs/decisions/0026).
[[nodiscard]] Result<void> choose_legacy_device(Config& config) {
    std::string& device = config.legacy.device;
    if (device.empty()) {
        const auto own =
            std::ranges::find(config.devices, capture::Way::dohost, &capture::DeviceSettings::way);
        device = own == config.devices.end() ? capture::local_device : own->name;
    }
    const bool exists =
        device == capture::local_device ||
        std::ranges::count(config.devices, device, &capture::DeviceSettings::name) > 0;
    if (exists) return {};
    return refuse(Errc::config,
                  text("legacy.device: there is no [[device]] of the name ", base::quoted(device)),
                  "legacy.device");
}

/// What is given of [tls] belongs together.
[[nodiscard]] Result<void> check_tls(const Config& config) {
    const api::TlsOptions& tls = config.tls;
    const auto needs = [](const char* one, const char* other) {
        return refuse(Errc::config, text("tls.", one, ": needs tls.", other, ", too"),
                      text("tls.", one));
    };
    if (!tls.certificate.empty() && tls.key.empty()) return needs("certificate", "key");
    if (!tls.key.empty() && tls.certificate.empty()) return needs("key", "certificate");
    if (!tls.client_ca.empty() && tls.certificate.empty()) return needs("client_ca", "certificate");
    if (!config.tls_clients.empty() && tls.client_ca.empty()) return needs("client", "client_ca");
    return {};
}

[[nodiscard]] Result<Config> complete(Config config, const Environment& environment) {
    if (config.server.data_dir.empty()) config.server.data_dir = usual_data_dir(environment);
    if (auto checked = check_tls(config); !checked) {
        return std::unexpected(std::move(checked.error()));
    }
    if (config.audit.file.empty()) config.audit.file = config.server.data_dir / "audit.log";
    if (auto chosen = choose_legacy_device(config); !chosen) {
        return std::unexpected(std::move(chosen.error()));
    }
    return config;
}

[[nodiscard]] Result<std::string> read_file(const std::string& path) {
    const std::ifstream file(path, std::ios::binary);
    std::ostringstream content;
    if (file) content << file.rdbuf();
    if (!file) {
        const std::string cause = std::generic_category().message(errno == 0 ? EIO : errno);
        return refuse(Errc::config, text("configuration ", path, ": ", cause), "--config");
    }
    return std::move(content).str();
}

/// Characters that are no ASCII may stand in lines that are comments. Elsewhere toml++ 3.3 may run
/// into undefined behaviour on them; a string can have them as \uXXXX.
[[nodiscard]] Result<void> check_characters(std::string_view toml_text, const std::string& name) {
    std::size_t number = 0;
    for (const std::string_view line : base::split(toml_text, '\n')) {
        ++number;
        const bool is_ascii =
            std::ranges::all_of(line, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
        if (is_ascii || base::trimmed(line).starts_with('#')) continue;
        return refuse(Errc::config, text(name, ":", number,
                                         ": has a character that is no ASCII: write it as \\uXXXX "
                                         "within quotes, or in a comment of its own line"));
    }
    return {};
}

[[nodiscard]] Result<Config> read_toml(std::string_view toml_text, const std::string& name,
                                       const Environment& environment) {
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (toml_text.starts_with(byte_order_mark)) toml_text.remove_prefix(byte_order_mark.size());
    if (auto checked = check_characters(toml_text, name); !checked) {
        return std::unexpected(std::move(checked.error()));
    }
    Config config;
    try {
        const toml::table root = toml::parse(toml_text, name);
        if (auto done = FileReader(config, name, environment).read(root); !done) {
            return std::unexpected(std::move(done.error()));
        }
    } catch (const toml::parse_error& error) {  // the library's only way to tell
        return refuse(Errc::config,
                      text(name, ":", error.source().begin.line, ": ", error.description()));
    } catch (const std::logic_error& assertion) {  // TOML_ASSERT, above
        return refuse(Errc::config,
                      text(name, ": is not TOML: look for a key or section that begins with a ",
                           "character that none can have (", assertion.what(), ")"));
    }
    return config;
}

}  // namespace

bool is_loopback(std::string_view host) noexcept {
    return host.starts_with("127.") || host == "::1";
}

Result<Config> parse_config(std::string_view toml_text, const std::string& name,
                            const Environment& environment) {
    auto config = read_toml(toml_text, name, environment);
    if (!config) return config;
    if (auto done = read_environment(*config, environment); !done) {
        return std::unexpected(std::move(done.error()));
    }
    return complete(std::move(*config), environment);
}

Result<Config> load_config(const Overrides& overrides, const Environment& environment) {
    Config config;
    const bool usual_exists = std::filesystem::exists(usual_file);
    if (overrides.config_file || usual_exists) {
        const std::string path = overrides.config_file.value_or(usual_file);
        const auto content = read_file(path);
        if (!content) return std::unexpected(content.error());
        auto read = read_toml(*content, path, environment);
        if (!read) return read;
        if (auto checked = check_secrecy(*content, path); !checked) {
            return std::unexpected(std::move(checked.error()));
        }
        config = std::move(*read);
    }
    if (auto done = read_environment(config, environment); !done) {
        return std::unexpected(std::move(done.error()));
    }

    struct Option {
        const std::optional<std::string>& value;
        std::string_view key;
        const char* name;
    };

    for (const Option& option : {Option{overrides.listen, "listen", "--listen: "},
                                 Option{overrides.data_dir, "data_dir", "--data-dir: "}}) {
        if (!option.value) continue;
        if (auto done = set(config, *find_key("server", option.key), *option.value, option.name);
            !done) {
            return std::unexpected(std::move(done.error()));
        }
    }
    return complete(std::move(config), environment);
}

}  // namespace xpc::daemon
