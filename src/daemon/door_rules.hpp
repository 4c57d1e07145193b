#pragma once

#include "api/door.hpp"
#include "daemon/config.hpp"

namespace xpc::daemon {

// What the configuration, and whether there is a token, make of the door: see
// docs/decisions/0036.

/// Whether only who shows a token may use the API, the original one aside. `has_tokens`: at the
/// start; also expired ones.
[[nodiscard]] bool needs_token(const Config& config, bool has_tokens);

/// Whether the listen address is one that the configuration may have: a door that others reach has
/// to lock, unless the configuration says that it need not.
/// Errors: config, with all ways out.
[[nodiscard]] base::Result<void> check_listen(const Config& config, bool has_tokens);

/// The same before a start, with the tokens that are in the data_dir; and the files of TLS.
/// Errors: Failure of what check_listen() refuses, of the files, or of the job store.
void check_door(const Config& config);

/// Errors: Failure of what check_listen() refuses.
[[nodiscard]] api::DoorOptions door_options(const Config& config, bool has_tokens);

}  // namespace xpc::daemon
