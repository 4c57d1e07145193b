#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <fcntl.h>

#include "base/unique_fd.hpp"

namespace xpc::cli::tests {

/// A folder of a test's own, and what is in it.
class Workspace {
public:
    Workspace() {
        std::string name = (std::filesystem::temp_directory_path() / "xpc-cli-XXXXXX").string();
        folder_ = ::mkdtemp(name.data()) == nullptr ? "" : name;
    }

    ~Workspace() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    Workspace(const Workspace&) = delete;
    Workspace& operator=(const Workspace&) = delete;
    Workspace(Workspace&&) = delete;
    Workspace& operator=(Workspace&&) = delete;

    [[nodiscard]] std::string path(const std::string& name) const {
        return (folder_ / name).string();
    }

    [[nodiscard]] base::UniqueFd open_new(const std::string& name) const {
        return base::UniqueFd::adopt(
            ::open(path(name).c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    }

    void write(const std::string& name, const std::string& content) const {
        std::ofstream(path(name)) << content;
    }

    [[nodiscard]] std::string read(const std::string& name) const {
        std::ostringstream out;
        out << std::ifstream(path(name)).rdbuf();
        return out.str();
    }

    /// Also the hidden ones.
    [[nodiscard]] std::size_t file_count() const {
        std::size_t count = 0;
        for ([[maybe_unused]] const auto& one : std::filesystem::directory_iterator(folder_))
            ++count;
        return count;
    }

private:
    std::filesystem::path folder_;
};

}  // namespace xpc::cli::tests
