#pragma once

#include <optional>
#include <string>

#include "base/error.hpp"

namespace xpc::base {

/// One thing that was looked at, and whether it is as it should be.
struct Finding {
    std::string what;            ///< "bucket captures"
    std::string detail;          ///< "PutObject, HeadObject"; may be empty
    std::optional<Error> error;  ///< why it is not
};

}  // namespace xpc::base
