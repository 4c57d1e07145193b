#include <cassert>
#include <cstdint>

#include "api/byte_range.hpp"
#include "api/router.hpp"

using namespace xpc;

/// The first line of a request and its Range: any text gets an answer, and no range leaves the
/// file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(bytes), size);
    const api::Router router(
        {{"GET", "/objects/{bucket}/{key}", [](const api::Request&) { return api::Response{}; }}});
    api::Request request;
    request.method = "GET";
    request.target = "/objects/" + text;
    bool is_answered = false;
    router.answer(request, [&is_answered](const api::Response& response) {
        is_answered = response.status >= 200;
    });
    assert(is_answered);
    const auto answer = api::parse_range(text, size);
    if (answer.kind == api::RangeKind::part) {
        assert(answer.range.length > 0 && answer.range.first + answer.range.length <= size);
    }
    return 0;
}
