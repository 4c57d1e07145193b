#include "sink/s3/trial.hpp"

#include <array>
#include <span>

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "sink/s3/object_headers.hpp"
#include "sink/s3/operations.hpp"

namespace xpc::sink::s3 {
namespace {

using base::text;

constexpr std::string_view content = "written by xepacketcap check, and to be removed by it\n";

void confirm(Transport& transport, const base::Stop& stop) {
    if (head_object(transport, stop).bytes == content.size()) return;
    throw transport.failure({.method = "HEAD", .query = {}, .headers = {}, .body = {}},
                            base::Errc::corrupt, "the object has another size than was sent");
}

void put(Transport& transport, const base::Stop& stop) {
    const auto body = std::as_bytes(std::span(content));
    const auto done =
        put_object(transport, body, base::sha256(content), object_headers({}, {}), stop);
    if (done.not_done) throw base::Failure(*done.not_done);
    confirm(transport, stop);
}

/// One part: the last may be as small as it likes.
void put_in_parts(Transport& transport, const base::Stop& stop) {
    const std::string id = create_multipart_upload(transport, object_headers({}, {}), stop).id;
    try {
        const auto part = upload_part(transport, id, 1, std::as_bytes(std::span(content)),
                                      base::sha256(content), stop);
        [[maybe_unused]] const auto parts = list_parts(transport, id, stop);
        const auto done = complete_multipart_upload(transport, id, {part}, stop);
        for (const auto& error : {done.not_done, done.parts_differ, done.conflict}) {
            if (error) throw base::Failure(*error);
        }
    } catch (const base::Failure&) {
        abort_multipart_upload(transport, id, stop, base::never);
        throw;
    }
    confirm(transport, stop);
}

void begin_and_abort(Transport& transport, const base::Stop& stop) {
    const std::string id = create_multipart_upload(transport, object_headers({}, {}), stop).id;
    abort_multipart_upload(transport, id, stop, base::never);
}

}  // namespace

std::vector<base::Finding> try_bucket(const S3Options& options, const std::string& bucket,
                                      const base::Stop& stop) {
    using Act = void (*)(Transport&, const base::Stop&);
    constexpr auto steps =
        std::to_array<std::pair<const char*, Act>>({{"PutObject, HeadObject", put},
                                                    {"DeleteObject", delete_object},
                                                    {"multipart upload", put_in_parts},
                                                    {"DeleteObject", delete_object},
                                                    {"AbortMultipartUpload", begin_and_abort}});
    const std::string key = "xepacketcap-check-" + base::random_hex(8);
    std::vector<base::Finding> done;
    for (const auto& [name, act] : steps) {
        base::Finding step{.what = "bucket " + bucket, .detail = name, .error = {}};
        // a key each: nothing is written over where an object could not be removed
        const Destination object{
            .store = StoreKind::s3, .bucket = bucket, .key = text(key, '-', done.size() / 2)};
        try {
            Transport transport(options, object);
            act(transport, stop);
        } catch (const base::Failure& failed) {  // told to the one who asked
            step.error = failed.error();
        }
        const bool is_removal = act == delete_object;
        const bool is_over = step.error && !is_removal;
        // without the right to remove an object an upload works all the same
        if (is_removal && step.error && step.error->errc == base::Errc::store_denied) {
            step.detail = text("DeleteObject: not allowed, and captures need it not; ", object.key,
                               " stays there");
            step.error.reset();
        }
        done.push_back(std::move(step));
        if (is_over) break;
    }
    return done;
}

}  // namespace xpc::sink::s3
