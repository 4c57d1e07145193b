#pragma once

#include <optional>
#include <string>

#include "base/error.hpp"
#include "base/unique_fd.hpp"
#include "cli/commands.hpp"
#include "cli/workspace.hpp"

namespace xpc::cli::tests {

/// Where a command's output goes.
struct Stage {
    Workspace workspace;
    base::UniqueFd out = workspace.open_new("out");
    base::UniqueFd err = workspace.open_new("err");
    Surroundings around{
        .environment = [](const std::string&) { return std::nullopt; }, .out = out, .err = err};

    [[nodiscard]] std::string printed() const { return workspace.read("out"); }

    [[nodiscard]] std::string said() const { return workspace.read("err"); }

    /// The exit code, as main would have it.
    template <typename Command>
    int run(const Command& command) const {
        try {
            return cli::run(command, around);
        } catch (const base::Failure& failure) {
            return report(failure.error(), around);
        }
    }
};

}  // namespace xpc::cli::tests
