#pragma once

namespace xpc::base {

/// Puts the calling thread before whatever else wants the processor. For threads that do little at
/// a time, and lose something when they wait. Without the right to, it waits its turn.
void go_first() noexcept;

}  // namespace xpc::base
