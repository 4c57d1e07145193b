#pragma once

namespace xpc::base {

/// Gives memory that was freed back to the system: behind work that needs much of it, once. What
/// the allocator keeps of it would be resident for as long as the process runs.
/// Threads: any. Takes about a millisecond.
void return_spare_memory() noexcept;

}  // namespace xpc::base
