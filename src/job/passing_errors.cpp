#include "job/passing_errors.hpp"

namespace xpc::job {

bool may_pass(const base::Error& error) noexcept {
    return base::traits(error.errc).worth_a_retry;
}

base::Error in_delivery(base::Error error) {
    using enum base::Errc;
    if (error.errc == disk_full || error.errc == database) error.errc = no_resources;
    return error;
}

void forget_what_passed(Job& job) {
    if (!job.errors.empty() && may_pass(job.errors.back())) job.errors.pop_back();
}

}  // namespace xpc::job
