#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace xpc::capture {

/// The way to a device's command line.
enum class Way {
    ssh,    ///< from anywhere
    dohost  ///< from a process in its guestshell that IOS has started
};

/// A device besides this host, as configured. What is empty or 0 is found out from the device.
struct DeviceSettings {
    std::string name;
    Way way = Way::ssh;
    std::string mark = "XP";  ///< what names begin with that are ours on the device; two letters
    std::string host;
    std::uint16_t port = 22;
    std::string user;
    std::string password;
    std::string enable_password;
    std::filesystem::path key_file;     ///< of a private key
    std::filesystem::path known_hosts;  ///< empty: ~/.ssh/known_hosts
    std::string fingerprint;            ///< "SHA256:…", in place of known_hosts
    bool old_algorithms = false;        ///< also those that are not safe any more
    std::string export_to;              ///< "flash:", "bootflash:guest-share/"
    std::filesystem::path mount;        ///< where export_to is seen in the guestshell
    std::filesystem::path scratch;      ///< for a fetched file, for a moment; empty: the system's
    std::size_t most_captures = 8;      ///< at a time
    std::chrono::milliseconds timeout = std::chrono::seconds(30);  ///< of one answer
};

}  // namespace xpc::capture
