#include "sink/s3/stray_uploads.hpp"

#include <string>

#include "sink/s3/operations.hpp"
#include "sink/s3/transport.hpp"

namespace xpc::sink::s3 {

void StrayUploads::abort(const S3Options& options, const Destination& destination,
                         const base::Stop& stop) {
    if (!settled_) return;
    (void)base::wait(base::Fd(), stop, *settled_);
    abort_open_uploads(options, destination, stop, base::in(abort_patience));
    settled_.reset();
}

void abort_open_uploads(const S3Options& options, const Destination& destination,
                        const base::Stop& stop, base::Deadline deadline) {
    Destination bucket = destination;
    bucket.key.clear();
    Transport of_bucket(options, bucket);
    Transport of_object(options, destination);
    for (const std::string& id : list_open_uploads(of_bucket, destination.key, stop, deadline))
        abort_multipart_upload(of_object, id, stop, deadline);
}

}  // namespace xpc::sink::s3
