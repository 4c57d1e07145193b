#include <cassert>
#include <cstdint>
#include <string_view>

#include "sink/s3/open_upload.hpp"

/// The note of an open upload, whatever a crash has left of it: what is read is written again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace xpc::sink::s3;
    const auto open = note_from({reinterpret_cast<const char*>(bytes), size});
    if (!open) return 0;
    assert(!open->upload_id.empty());
    const auto again = note_from(note_text(*open));
    assert(again && again->origin == open->origin && again->upload_id == open->upload_id);
    assert(again->destination.bucket == open->destination.bucket &&
           again->destination.key == open->destination.key);
    return 0;
}
