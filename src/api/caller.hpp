#pragma once

#include <string>
#include <vector>

#include "job/token.hpp"

namespace xpc::api {

/// Who sent a request, as far as that is known, and what that allows.
struct Caller {
    std::string id = "anonymous";    ///< "token:5f0c…", "original"
    std::string token;               ///< its id, where one was shown
    std::string name;                ///< of a token: for people
    std::vector<job::Scope> scopes;  ///< none: only what is open to everybody
    job::JobLimits limits;
};

}  // namespace xpc::api
