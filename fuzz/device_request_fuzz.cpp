#include <algorithm>
#include <cassert>
#include <cstdint>

#include "api/wire_json.hpp"
#include "base/text.hpp"
#include "capture/ios_xe/epc_commands.hpp"
#include "job/request.hpp"

using namespace xpc;
using namespace xpc::capture;

/// The body of a request to either API, up to what a device would be told: whatever any member
/// says, a command has only words, numbers, addresses and paths in it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const auto is_plain = [](char c) {
        return base::is_alphanumeric(c) || std::string_view(" -./:").contains(c);
    };
    const auto body = base::parse_json({reinterpret_cast<const char*>(bytes), size});
    if (!body || body->object() == nullptr) return 0;
    for (const auto parse : {api::parse_job_request, api::parse_legacy_request}) {
        const auto request = parse(*body);
        if (!request) continue;
        const auto captures = job::capture_options(*request, 262'144);
        if (!captures) continue;
        for (auto options : *captures) {
            options.name = "XP100001";
            const auto plan = ios_xe::plan_of(options);
            if (!plan) continue;
            for (const auto kind : {ios_xe::Kind::router, ios_xe::Kind::catalyst}) {
                for (const auto& line : ios_xe::typed_lines(ios_xe::setup(*plan, kind)))
                    assert(ios_xe::is_typable(line) && std::ranges::all_of(line, is_plain));
            }
        }
    }
    return 0;
}
