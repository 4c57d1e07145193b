#include "sink/s3/upload.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <span>
#include <utility>

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/thread_name.hpp"
#include "sink/s3/object_headers.hpp"
#include "sink/s3/open_upload.hpp"
#include "sink/s3/parts.hpp"
#include "sink/spool_file.hpp"

namespace xpc::sink::s3 {
namespace {

using base::Errc;
using base::Failure;
using base::text;

/// How long a part that failed during the capture waits for its next round of attempts.
constexpr std::chrono::seconds rest_after_trouble{15};

/// Whether the noted upload is one of that object on that store.
bool is_of(const OpenUpload& open, const Transport& transport, const Destination& destination) {
    return open.origin == transport.origin() && open.destination.bucket == destination.bucket &&
           open.destination.key == destination.key;
}

/// The configuration was changed in between: there is nothing here to reach that store with.
void warn_of_foreign(const OpenUpload& open, const std::filesystem::path& spool_path) {
    base::log::warning("upload.left_open", {{"spool", spool_path.string()},
                                            {"store", open.origin},
                                            {"bucket", open.destination.bucket},
                                            {"key", open.destination.key},
                                            {"upload_id", open.upload_id}});
}

void warn_of_left(const std::filesystem::path& spool_path, const Failure& failed) {
    base::log::warning("upload.left_open",
                       {{"spool", spool_path.string()}, {"error", failed.error().message}});
}

/// Waits for the first part of a file that has not as much yet.
std::uint64_t part_that_suits(Growth& growth) {
    const auto there = growth.wait_for(1).final_bytes;
    if (there >= live_part) return part_for_file(there);
    const auto began = base::Deadline::clock::now();
    const auto now = growth.wait_for(live_part).final_bytes;
    return part_for_growth(now - there, base::Deadline::clock::now() - began);
}

}  // namespace

Upload::Upload(S3Options options, Destination destination, ObjectOptions object,
               std::filesystem::path spool_path)
    : options_(std::move(options)),
      destination_(std::move(destination)),
      object_(std::move(object)),
      spool_path_(std::move(spool_path)),
      spool_(open_to_read(spool_path_)),
      direct_(open_directly(spool_path_)),
      transport_(options_, destination_),
      growth_(spool_path_.string()),
      senders_(
          options_, destination_,
          [this](Transport& transport, const FilePart& part) { return send_now(transport, part); }),
      thread_([this] { run(); }) {}

Upload::~Upload() {
    growth_.cancel();
    if (thread_.joinable()) thread_.join();
}

void Upload::advance(std::uint64_t final_bytes) {
    growth_.advance(final_bytes);
}

Receipt Upload::finish(std::uint64_t total_bytes, const Labels& late_metadata,
                       const base::Stop& stop) {
    late_metadata_ = late_metadata;
    growth_.complete(total_bytes);
    if (base::wait(done_.fd(), stop, base::never) == base::Woken::stopped) growth_.cancel();
    thread_.join();  // short: the outcome is there, or the thread was told to end
    Outcome outcome = outcome_.copy();
    if (auto* const error = std::get_if<base::Error>(&outcome)) throw Failure(std::move(*error));
    return std::get<Receipt>(std::move(outcome));
}

void Upload::run() {
    base::name_thread("upload");
    Outcome outcome;
    try {
        outcome = deliver();
    } catch (const std::exception& failed) {  // carried to finish()
        outcome = base::error_of(failed);
    }
    outcome_.with([&](Outcome& value) { value = std::move(outcome); });
    done_.request();
}

Receipt Upload::deliver() {
    take_up();
    choose_part_size();
    for (;;) {
        FilePart next{.number = planned_parts_ + 1,
                      .offset = planned_bytes_,
                      .bytes = part_size(planned_parts_ + 1, part_bytes_)};
        const std::uint64_t end = next.offset + next.bytes;
        // a slow capture leaves hours between two parts
        if (growth_.wait_for(0).final_bytes < end) read_memory_.give_back();
        const auto now = growth_.wait_for(end);
        const std::uint64_t left = now.final_bytes - std::min(next.offset, now.final_bytes);
        if (left < next.bytes && upload_id_.empty()) return put_whole(left);
        if (left < next.bytes && left == 0) {
            auto receipt = complete();
            if (receipt) return *std::move(receipt);
            begin_anew(receipt.error());
            continue;
        }
        next.bytes = std::min(next.bytes, left);
        send(next);
    }
}

/// Goes on with the upload that is noted for this file, if the store still knows it.
void Upload::take_up() {
    const auto path = note_path(spool_path_);
    const auto open = read_note(path);
    if (!open) return;
    if (!is_of(*open, transport_, destination_)) {
        warn_of_foreign(*open, spool_path_);
        remove_note(path);
        return;
    }
    if (open->may_be_stray()) strays_.suspect();
    if (open->upload_id.empty()) return;
    std::optional<std::vector<ListedPart>> parts;
    try {
        parts = list_parts(transport_, open->upload_id, growth_.cancelled());
    } catch (const Failure& failed) {  // of an upload whose parts nobody tells another is begun
        const auto errc = failed.error().errc;
        if (errc != Errc::store_denied && errc != Errc::store_refused) throw;
        strays_.suspect();
        warn_of_left(spool_path_, failed);
    }
    if (!parts) return;
    upload_id_ = open->upload_id;
    for (const ListedPart& part : *parts)
        there_.insert_or_assign(part.number, part);
    options_.counts->resumed.add();
    base::log::info("upload.resumed", {{"spool", spool_path_.string()}, {"parts", there_.size()}});
}

/// An upload that goes on keeps the size that it has, or none of its parts would fit.
void Upload::choose_part_size() {
    std::uint64_t largest = 0;  // the last part is smaller
    for (const auto& [number, part] : there_) {
        if (part_size(number, 1) == 1) largest = std::max(largest, part.bytes);
    }
    if (options_.part_bytes) {
        part_bytes_ = *options_.part_bytes;
    } else {
        part_bytes_ = largest < smallest_part ? part_that_suits(growth_) : largest;
    }
}

void Upload::open_upload() {
    if (!upload_id_.empty()) strays_.suspect();  // one whose id could not be noted
    note("");                                    // the store may have opened it when we are killed
    try {
        auto upload =
            create_multipart_upload(transport_, object_headers(object_, {}), growth_.cancelled());
        upload_id_ = std::move(upload.id);
        if (upload.was_repeated) strays_.suspect();
    } catch (const Failure& failed) {
        const auto errc = failed.error().errc;
        const bool is_refused = errc != Errc::cancelled && !base::traits(errc).worth_a_retry;
        if (!is_refused) strays_.suspect();
        if (!strays_.suspected()) remove_note(note_path(spool_path_));
        throw;
    }
    note(upload_id_);
}

void Upload::note(const std::string& upload_id) const {
    write_note(note_path(spool_path_), {.origin = transport_.origin(),
                                        .destination = destination_,
                                        .upload_id = upload_id,
                                        .has_strays = strays_.suspected()});
}

/// When the object is there. What can not be aborted now stays noted, for
/// whoever discards what is left.
void Upload::close_note() {
    if (strays_.suspected()) {
        note("");
        try {
            strays_.abort(options_, destination_, growth_.cancelled());
        } catch (const Failure& failed) {
            warn_of_left(spool_path_, failed);
            return;
        }
    }
    remove_note(note_path(spool_path_));
}

void Upload::send(FilePart part) {
    if (part.number > most_parts) {
        throw Failure(Errc::store_refused,
                      text("store ", transport_.origin(), ": ", destination_.bucket, '/',
                           destination_.key, ": more than ", most_parts, " parts"));
    }
    if (upload_id_.empty()) persist(part.number, [this] { open_upload(); });
    planned_parts_ = part.number;
    planned_bytes_ = part.offset + part.bytes;
    content(part).each_piece([this](std::span<const std::byte> piece) { digests_->add(piece); },
                             read_memory_);
    part.sha256 = digests_->end_section();
    if (auto there = part_there(part)) {
        parts_.push_back(std::move(*there));
    } else {
        senders_.submit(part);
    }
}

base::FileRange Upload::content(const FilePart& part) const {
    return {.file = spool_,
            .direct = direct_,
            .offset = part.offset,
            .bytes = part.bytes,
            .name = spool_path_.native()};
}

/// What the file has is the truth: a part of another size or content is sent again.
std::optional<SentPart> Upload::part_there(const FilePart& part) const {
    const auto found = there_.find(part.number);
    if (found == there_.end() || found->second.bytes != part.bytes) return std::nullopt;
    const ListedPart& there = found->second;
    SentPart sent{.number = part.number, .etag = there.etag};
    if (transport_.has_checksums()) {
        sent.sha256 = part.sha256;
        if (base::base64(sent.sha256) == there.sha256) return sent;
        return std::nullopt;
    }
    const std::string md5 = digest(base::Digest::Kind::md5, content(part));
    if (base::hex(md5) == base::lower(there.etag)) return sent;
    return std::nullopt;
}

/// By the senders' threads.
SentPart Upload::send_now(Transport& transport, const FilePart& part) {
    SentPart sent;
    persist(part.number, [&] {
        sent = upload_part(transport, upload_id_, part.number, content(part), part.sha256,
                           growth_.cancelled());
    });
    return sent;
}

/// While the capture goes on there is time: the spool has everything, and the store may be back
/// before the end.
void Upload::persist(unsigned part_number, const std::function<void()>& attempt) {
    bool is_last_chance = growth_.wait_for_end(base::Deadline()).total_bytes.has_value();
    for (;;) {
        try {
            attempt();
            return;
        } catch (const Failure& failed) {
            const auto errc = failed.error().errc;
            if (is_last_chance || errc == Errc::cancelled || !base::traits(errc).worth_a_retry) {
                throw;
            }
            options_.counts->parts_failed.add();
            base::log::warning("upload.part_failed", {{"spool", spool_path_.string()},
                                                      {"part", part_number},
                                                      {"error", failed.error().message}});
        }
        is_last_chance = growth_.wait_for_end(base::in(rest_after_trouble)).total_bytes.has_value();
    }
}

Receipt Upload::put_whole(std::uint64_t bytes) {
    const auto whole = content({.number = 1, .offset = 0, .bytes = bytes});
    const std::string sha256 = digest(base::Digest::Kind::sha256, whole);
    const auto completion = put_object(
        transport_, whole, sha256, object_headers(object_, late_metadata_), growth_.cancelled());
    Receipt receipt = settled(completion, {.bytes = bytes,
                                           .etag = completion.etag,
                                           .checksum = base::base64(sha256),
                                           .sha256 = base::hex(sha256)});
    close_note();
    return receipt;
}

/// The error where this upload can not be completed, and another may be: the store has parts behind
/// the end of the file, and will not do without them (Ceph wants to be told all that there are,
/// where AWS drops the others); or there was a conflict. Whoever has a second one comes back later.
base::Result<Receipt> Upload::complete() {
    std::ranges::move(senders_.drain(), std::back_inserter(parts_));
    std::ranges::sort(parts_, {}, &SentPart::number);
    const auto completion =
        complete_multipart_upload(transport_, upload_id_, parts_, growth_.cancelled());
    if (completion.parts_differ) {
        const bool has_more = !there_.empty() && there_.rbegin()->first > planned_parts_;
        if (has_more) return std::unexpected(*completion.parts_differ);
        throw Failure(*completion.parts_differ);
    }
    if (completion.conflict) {
        if (std::exchange(had_conflict_, true)) throw Failure(*completion.conflict);
        return std::unexpected(*completion.conflict);
    }
    Receipt receipt = settled(completion, {.bytes = planned_bytes_,
                                           .etag = completion.etag,
                                           .checksum = multipart_sha256(parts_),
                                           .sha256 = base::hex(digests_->finish())});
    if (options_.counter_tags) {
        add_tags(transport_, object_.tags, late_metadata_, growth_.cancelled());
    }
    if (completion.not_done) {  // the object is there by an earlier upload, and this one still open
        abort_multipart_upload(transport_, upload_id_, growth_.cancelled(),
                               base::in(abort_patience));
    }
    upload_id_.clear();
    close_note();
    return receipt;
}

Receipt Upload::settled(const Completion& completion, const Sent& sent) {
    return confirm(transport_, destination_, object_, completion, sent, growth_.cancelled());
}

/// As if there had been no upload: the file is the truth.
void Upload::begin_anew(const base::Error& cause) {
    abort_multipart_upload(transport_, upload_id_, growth_.cancelled(), base::in(abort_patience));
    options_.counts->aborted.add();
    base::log::warning("upload.begun_anew",
                       {{"spool", spool_path_.string()}, {"cause", cause.message}});
    upload_id_.clear();
    there_.clear();
    parts_.clear();
    digests_.emplace();
    planned_parts_ = 0;
    planned_bytes_ = 0;
}

void discard_upload(const S3Options& options, const std::filesystem::path& spool_path) noexcept {
    try {
        const auto open = read_note(note_path(spool_path));
        if (!open) {
            remove_note(note_path(spool_path));
            return;
        }
        Transport transport(options, open->destination);
        if (open->origin == transport.origin()) {
            const base::Stop nobody;
            const auto deadline = base::in(abort_patience);
            if (!open->upload_id.empty()) {
                abort_multipart_upload(transport, open->upload_id, nobody, deadline);
            }
            if (open->may_be_stray()) {
                abort_open_uploads(options, open->destination, nobody, deadline);
            }
            options.counts->aborted.add();
            base::log::info("upload.aborted", {{"spool", spool_path.string()}});
        } else {
            warn_of_foreign(*open, spool_path);
        }
        remove_note(note_path(spool_path));
    } catch (const Failure& failed) {  // the note stays, for the next one who tries
        options.counts->aborts_failed.add();
        warn_of_left(spool_path, failed);
    }
}

}  // namespace xpc::sink::s3
