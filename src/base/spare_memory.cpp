#include "base/spare_memory.hpp"

#include <malloc.h>

namespace xpc::base {

void return_spare_memory() noexcept {
#ifdef __GLIBC__  // others have no such call
    ::malloc_trim(0);
#endif
}

}  // namespace xpc::base
