#include <cassert>
#include <cstdint>

#include "api/wire_json.hpp"

using namespace xpc;

/// The body of a request: read, refused, or understood; what is understood can be written again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    api::Request request;
    request.headers["content-type"] = "application/json";
    request.body.assign(reinterpret_cast<const char*>(bytes), size);
    if (const auto body = api::parse_body(request)) {
        assert(base::parse_json(body->dump()));
        if (const auto job = api::parse_job_request(*body)) assert(job->duration.count() > 0);
        if (const auto job = api::parse_legacy_request(*body)) assert(job->duration.count() > 0);
        [[maybe_unused]] const auto id = api::parse_legacy_job_id(*body);
    }
    return 0;
}
