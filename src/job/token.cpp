#include "job/token.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace xpc::job {
namespace {

constexpr auto words =
    std::to_array<std::pair<Scope, std::string_view>>({{Scope::jobs_read, "jobs:read"},
                                                       {Scope::jobs_write, "jobs:write"},
                                                       {Scope::files_read, "files:read"},
                                                       {Scope::admin, "admin"}});

}  // namespace

std::string_view word(Scope scope) noexcept {
    return words.at(static_cast<std::size_t>(scope)).second;
}

std::optional<Scope> scope_from(std::string_view word) noexcept {
    for (const auto& [scope, known] : words) {
        if (known == word) return scope;
    }
    return std::nullopt;
}

bool allows(const std::vector<Scope>& scopes, Scope wanted) noexcept {
    return std::ranges::any_of(
        scopes, [wanted](Scope one) { return one == wanted || one == Scope::admin; });
}

}  // namespace xpc::job
