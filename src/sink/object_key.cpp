#include "sink/object_key.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace xpc::sink {

bool is_key_character(char c) noexcept {
    return base::is_alphanumeric(c) || std::string_view("._=-").contains(c);
}

bool is_object_key(std::string_view key) {
    constexpr std::size_t longest_key = 1000;
    constexpr std::size_t longest_name = 255;
    return key.size() <= longest_key &&
           std::ranges::all_of(base::split(key, '/'), [](std::string_view name) {
               return !name.empty() && name.size() <= longest_name && name.front() != '.' &&
                      std::ranges::all_of(name, is_key_character);
           });
}

}  // namespace xpc::sink
