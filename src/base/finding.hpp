#pragma once

#include <optional>
#include <string>
#include <utility>

#include "base/error.hpp"

namespace xpc::base {

/// One thing that was looked at, and whether it is as it should be.
struct Finding {
    std::string what;            ///< "bucket captures"
    std::string detail;          ///< "PutObject, HeadObject"; may be empty
    std::optional<Error> error;  ///< why it is not
};

/// `look()` gives the detail, or throws the Failure that is the finding.
template <typename Look>
[[nodiscard]] Finding find_out(std::string what, const Look& look) {
    Finding finding{.what = std::move(what), .detail = {}, .error = {}};
    try {
        finding.detail = look();
    } catch (const Failure& failed) {  // this is what is looked for
        finding.error = failed.error();
    }
    return finding;
}

}  // namespace xpc::base
