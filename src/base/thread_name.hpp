#pragma once

#include <string_view>

namespace xpc::base {

/// What this thread is called in ps(1), top(1), gdb(1) and perf(1): the first 15 bytes of it.
/// Source: PR_SET_NAME, prctl(2).
void name_thread(std::string_view name) noexcept;

}  // namespace xpc::base
