#pragma once

#include <functional>
#include <string>

#include "api/http.hpp"

namespace xpc::api {

/// What the sender of a request reaches this server by: "http://127.0.0.1:5000".
using OwnUrl = std::function<std::string(const Request&)>;

/// `public_url` where it is configured. Otherwise the listen address; where that is all addresses,
/// the request's Host, if it is one.
[[nodiscard]] OwnUrl own_url(std::string public_url, std::string listen_address,
                             bool is_encrypted = false);

}  // namespace xpc::api
