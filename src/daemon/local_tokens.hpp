#pragma once

#include <string>

#include "base/json.hpp"
#include "daemon/config.hpp"
#include "job/token_store.hpp"

namespace xpc::daemon {

/// The tokens of a data_dir, for who may write there: also while no server runs, and in the shapes
/// of /api/v1/tokens.
/// Errors: Failure; the refusals of parse_token() among them.
class LocalTokens {
public:
    /// Makes the data_dir where there is none. Root works as the one whom it belongs to from here
    /// on, so that the server can read what is written.
    explicit LocalTokens(const Config& config);

    [[nodiscard]] base::Json create(const base::Json& wanted);
    [[nodiscard]] base::Json list();
    void revoke(const std::string& id);

private:
    job::TokenStore tokens_;
};

}  // namespace xpc::daemon
