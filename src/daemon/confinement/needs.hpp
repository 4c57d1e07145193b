#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "daemon/config.hpp"
#include "sink/sinks.hpp"

namespace xpc::daemon {

/// A file or folder that is used while the server runs.
struct NeededFile {
    std::filesystem::path path;
    std::string whose;  ///< "s3.ca_file", "the S3 credentials": for people
};

/// What a server uses of this machine beside its data_dir and what every program uses.
struct Needs {
    std::vector<NeededFile> files;    ///< read; some may not exist
    std::vector<NeededFile> folders;  ///< written to as well
    bool runs_programs = false;       ///< of the user's choice, or a device's `dohost`
    bool shares_data_dir = false;     ///< with `work --once`, whoever starts that
};

/// As it is now: links in the data_dir that are made later lead nowhere.
[[nodiscard]] Needs needs_of(const Config& config, const std::optional<sink::S3Options>& s3);

}  // namespace xpc::daemon
