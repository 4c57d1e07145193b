#include <cstdint>

#include "sink/s3/reply.hpp"

/// The body of a store's reply: whatever it is, it is success, a refusal, or an id.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    xpc::base::HttpReply reply;
    reply.body.assign(reinterpret_cast<const char*>(bytes), size);
    for (const int status : {200, 403, 503}) {
        reply.status = status;
        [[maybe_unused]] const auto refusal = xpc::sink::s3::refusal(reply);
        [[maybe_unused]] const auto success = xpc::sink::s3::is_success(reply);
        [[maybe_unused]] const auto id = xpc::sink::s3::upload_id(reply);
        [[maybe_unused]] const auto parts = xpc::sink::s3::part_list(reply);
    }
    return 0;
}
