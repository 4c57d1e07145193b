#include <cassert>
#include <cstdint>

#include "capture/ios_xe/dohost_cli.hpp"
#include "capture/ios_xe/epc_output.hpp"
#include "capture/ios_xe/names.hpp"
#include "capture/ios_xe/scp_files.hpp"

using namespace xpc;
using namespace xpc::capture::ios_xe;

/// Whatever a device answers is read or is not, and names that are removed are ours.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view answer(reinterpret_cast<const char*>(bytes), size);
    [[maybe_unused]] const auto version = parse_version(answer);
    [[maybe_unused]] const auto points = parse_points(answer);
    [[maybe_unused]] const auto counts = parse_counts(answer);
    [[maybe_unused]] const auto file = file_bytes(answer, "XP100001.pcap");
    [[maybe_unused]] const auto room = free_bytes(answer);
    [[maybe_unused]] const auto state = export_state_of(answer);
    [[maybe_unused]] const auto missing = missing_session(answer);
    [[maybe_unused]] const auto head = parse_scp_head(answer);
    const auto words = refusal(answer);
    if (words) assert(refusal_errc(*words) != base::Errc::internal);
    assert(without_noise(answer).size() <= answer.size() + 1);
    for (const auto& name : names_of_ours(answer, "XP"))
        assert(is_ours(name, "XP") && is_capture_name(name));
    return 0;
}
