#pragma once

#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/access.hpp"
#include "api/host_names.hpp"
#include "api/http.hpp"
#include "api/rate_limit.hpp"
#include "base/error.hpp"
#include "base/network.hpp"
#include "job/token_store.hpp"

namespace xpc::api {

struct DoorOptions {
    std::string listen_host;         ///< an IP address
    std::vector<std::string> names;  ///< that this host is called by, besides its addresses
    std::string public_url;          ///< or empty
    bool needs_token = true;  ///< else everybody may do everything, but for who shows a token
    std::map<std::string, Caller> clients;       ///< by the subjects of their certificates
    std::vector<base::IpNetwork> original_from;  ///< who may use the original API without a token
    job::JobLimits original_limits;              ///< of what they ask for
    /// That one token, or else one address, may send a second; ten times that at once. 0: no limit.
    /// Nor is there one for who shows no token on this host.
    std::uint64_t request_rate = 0;
};

/// Why a request is not answered, with the headers that the reply has to have.
struct Refusal {
    base::Error error;
    std::vector<std::pair<std::string, std::string>> headers;
};

/// Lets requests in, or does not: by the name that they call us, the page that they come from, and
/// the token that they show. docs/http-api.md says who may what.
/// Lifetime: the store outlives it.
/// Threads:  any.
class Door {
public:
    Door(job::TokenStore& tokens, DoorOptions options);

    /// Whether a route of that access answers the request, which then knows who its caller is.
    /// Errors: unauthorized, forbidden, wrong_host; too_many where an address shows one bad token
    ///         after the other, or somebody sends more requests than may be. Failure of the store.
    [[nodiscard]] std::expected<void, Refusal> admit(Request& request, Access access);

    /// A reply that takes its time, until the token that asked for it is revoked or expires.
    [[nodiscard]] std::unique_ptr<BodyStream> watched(std::unique_ptr<BodyStream> body,
                                                      const Caller& caller);

private:
    [[nodiscard]] std::expected<Caller, Refusal> caller_of(const Request& request, Access access);
    [[nodiscard]] std::expected<Caller, Refusal> bearer(const Request& request);
    [[nodiscard]] std::expected<Caller, Refusal> without_token(const Request& request,
                                                               Access access) const;
    [[nodiscard]] std::optional<Refusal> too_often(const Request& request, const Caller* caller);
    [[nodiscard]] Refusal refuse_token(const Request& request, const std::string& cause);

    job::TokenStore& tokens_;
    DoorOptions options_;
    HostNames names_;
    RateLimit failures_{failure_terms};
    RateLimit requests_;
};

}  // namespace xpc::api
