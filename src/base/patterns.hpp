#pragma once

namespace xpc::base {

// What parsers of this folder take, as regular expressions of ECMA-262, for schemas.

/// Of parse_size().
inline constexpr const char* size_pattern = "^[0-9]+ *([kMGT]B|[KMGT]iB)? *$";

/// Of parse_duration().
inline constexpr const char* duration_pattern =
    R"(^ *([0-9]+\.?[0-9]*|\.[0-9]+) *(ms|s|m|min|h|d|days)? *$)";

}  // namespace xpc::base
