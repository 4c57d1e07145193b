#pragma once

namespace xpc::base {

// What this program was built with: CMakeLists.txt says it, since compilers differ in how they do.

#ifdef XPC_SANITIZED
inline constexpr bool is_sanitized = true;
#else
inline constexpr bool is_sanitized = false;
#endif

#ifdef XPC_THREAD_SANITIZED
inline constexpr bool is_thread_sanitized = true;
#else
inline constexpr bool is_thread_sanitized = false;
#endif

}  // namespace xpc::base
