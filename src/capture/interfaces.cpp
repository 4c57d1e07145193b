#include "capture/interfaces.hpp"

#include <array>

#include <net/if.h>

#include "base/text.hpp"

namespace xpc::capture {

base::Result<Interface> find_interface(std::string_view name) {
    if (name == any_interface) return Interface{.name = std::string(name), .index = 0};
    const auto refusal = [name] {
        return base::refuse(base::Errc::no_such_interface,
                            base::text("interface ", base::quoted(name), ": no such device"));
    };
    // IFNAMSIZ counts the NUL at the end (linux/if.h)
    if (name.empty() || name.size() >= IFNAMSIZ || name.contains('\0')) return refusal();
    const std::string word(name);
    const unsigned index = ::if_nametoindex(word.c_str());
    if (index == 0) return refusal();
    return Interface{.name = word, .index = static_cast<int>(index)};
}

std::string interface_name(int index) {
    std::array<char, IFNAMSIZ> name{};
    if (::if_indextoname(static_cast<unsigned>(index), name.data()) == nullptr) return {};
    return name.data();
}

}  // namespace xpc::capture
