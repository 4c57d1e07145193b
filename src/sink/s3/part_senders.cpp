#include "sink/s3/part_senders.hpp"

#include <system_error>
#include <utility>

#include "base/thread_name.hpp"

namespace xpc::sink::s3 {
namespace {

// One part is on the line, one is being hashed, and one waits for the store's answer: on a machine
// of two cores beside its store a fourth brought nothing.
constexpr unsigned most_under_way = 3;

}  // namespace

PartSenders::PartSenders(const S3Options& options, Destination destination, Send send)
    : options_(options), destination_(std::move(destination)), send_(std::move(send)) {}

PartSenders::~PartSenders() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    waiting_.clear();
    changed_.notify_all();
}

void PartSenders::submit(const FilePart& part) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return failure_ || under_way_ < most_under_way; });
    if (failure_) throw base::Failure(*failure_);
    if (threads_.size() <= under_way_) add_thread();
    waiting_.push_back(part);
    ++under_way_;
    changed_.notify_all();
}

/// Where the system has none, those that are there do it.
void PartSenders::add_thread() {
    try {
        threads_.emplace_back([this] { work(); });
    } catch (const std::system_error& refused) {
        if (threads_.empty()) throw base::Failure(base::error_of(refused));
    }
}

std::vector<SentPart> PartSenders::drain() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return failure_ || under_way_ == 0; });
    if (failure_) throw base::Failure(*failure_);
    return std::exchange(sent_, {});
}

void PartSenders::work() {
    base::name_thread("part sender");
    std::optional<Transport> transport;
    while (const auto part = next()) {
        std::optional<SentPart> sent;
        base::Error failure;
        try {
            if (!transport) transport.emplace(options_, destination_);
            sent = send_(*transport, *part);
        } catch (const std::exception& failed) {  // told by whoever asks next
            failure = base::error_of(failed);
        }
        const std::lock_guard lock(mutex_);
        --under_way_;
        if (sent) {
            sent_.push_back(std::move(*sent));
        } else if (!failure_) {
            failure_ = std::move(failure);
        }
        changed_.notify_all();
    }
}

/// Nothing when there will be none.
std::optional<FilePart> PartSenders::next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
    if (waiting_.empty()) return std::nullopt;
    FilePart part = std::move(waiting_.front());
    waiting_.pop_front();
    return part;
}

}  // namespace xpc::sink::s3
