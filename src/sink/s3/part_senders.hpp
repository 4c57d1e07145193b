#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/error.hpp"
#include "sink/s3/operations.hpp"
#include "sink/s3/transport.hpp"

namespace xpc::sink::s3 {

/// A part of the spool file that is to be sent.
struct FilePart {
    unsigned number = 0;
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
    std::string sha256;  ///< raw
};

/// Sends the parts of one upload, several at a time, each on a connection of its own. Threads and
/// connections come with the parts: an upload that never has two waiting has one.
/// Errors:  the first part that fails ends it: submit() and drain() throw its Failure; no_resources
///          where there is not even one thread.
/// Threads: one calls it; its own call `send`, which returns soon when the upload is stopped.
class PartSenders {
public:
    using Send = std::function<SentPart(Transport& transport, const FilePart& part)>;

    PartSenders(const S3Options& options, Destination destination, Send send);

    /// Waits for the parts that are under way; those that wait are not begun.
    ~PartSenders();
    PartSenders(const PartSenders&) = delete;
    PartSenders& operator=(const PartSenders&) = delete;
    PartSenders(PartSenders&&) = delete;
    PartSenders& operator=(PartSenders&&) = delete;

    /// Blocks while as many parts are under way as may be.
    void submit(const FilePart& part);

    /// Blocks until all parts are sent; they come in the order in which that was done.
    [[nodiscard]] std::vector<SentPart> drain();

private:
    void add_thread();
    void work();
    [[nodiscard]] std::optional<FilePart> next();

    const S3Options& options_;
    Destination destination_;
    Send send_;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<FilePart> waiting_;  ///< under mutex_, as are those below
    unsigned under_way_ = 0;        ///< with those that wait
    bool closed_ = false;
    std::vector<SentPart> sent_;
    std::optional<base::Error> failure_;
    std::vector<std::jthread> threads_;  // last: they use the members above
};

}  // namespace xpc::sink::s3
