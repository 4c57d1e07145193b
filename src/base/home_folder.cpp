#include "base/home_folder.hpp"

#include <array>

#include <pwd.h>
#include <unistd.h>

namespace xpc::base {

std::filesystem::path home_folder() {
    std::array<char, 4096> room{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(::getuid(), &entry, room.data(), room.size(), &found) != 0 ||
        found == nullptr) {
        return {};
    }
    return found->pw_dir;
}

}  // namespace xpc::base
