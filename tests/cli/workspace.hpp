#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <fcntl.h>

#include "base/unique_fd.hpp"
#include "support/scratch_folder.hpp"

namespace xpc::cli::tests {

/// A folder in which a command's files and output are looked at by name.
class Workspace {
public:
    [[nodiscard]] std::string path(const std::string& name) const {
        return (folder_.path() / name).string();
    }

    [[nodiscard]] base::UniqueFd open_new(const std::string& name) const {
        return base::UniqueFd::adopt(
            ::open(path(name).c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    }

    void write(const std::string& name, const std::string& content) const {
        std::ofstream(path(name), std::ios::binary) << content;
    }

    [[nodiscard]] std::string read(const std::string& name) const {
        return xpc::tests::ScratchFolder::content(path(name));
    }

    /// Also the hidden ones.
    [[nodiscard]] std::ptrdiff_t file_count() const {
        return std::distance(std::filesystem::directory_iterator(folder_.path()), {});
    }

private:
    xpc::tests::ScratchFolder folder_;
};

}  // namespace xpc::cli::tests
