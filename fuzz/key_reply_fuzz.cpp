#include <cassert>
#include <cstdint>
#include <string_view>

#include "base/text.hpp"
#include "sink/s3/key_reply.hpp"

/// What a credential process, a metadata service or STS answers: keys that a header can hold, or
/// none.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace xpc;
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    for (const auto& keys : {sink::s3::keys_of_json(text), sink::s3::keys_of_xml(text)}) {
        if (!keys) continue;
        const auto& [access_key, secret_key, session_token] = keys->credentials;
        assert(!access_key.empty() && !secret_key.empty());
        for (const auto& header : {access_key, session_token}) {
            assert(base::is_plain_text(header) && !header.contains(' '));
        }
    }
    return 0;
}
