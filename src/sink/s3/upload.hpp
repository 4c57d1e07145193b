#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "base/file_range.hpp"
#include "base/guarded.hpp"
#include "base/sectioned_sha256.hpp"
#include "base/stop.hpp"
#include "base/unique_fd.hpp"
#include "sink/growth.hpp"
#include "sink/s3/confirmation.hpp"
#include "sink/s3/operations.hpp"
#include "sink/s3/part_senders.hpp"
#include "sink/s3/stray_uploads.hpp"
#include "sink/s3/transport.hpp"
#include "sink/sinks.hpp"

namespace xpc::sink::s3 {

/// Delivers to S3 while the spool file still grows: each part goes out as soon as it is full. A
/// file that stays smaller than one part is sent by one PutObject.
///
/// Errors:   what finish() throws names store, method, object, HTTP status and the store's own
///           code. A part that fails for a passing reason during the capture is tried again until
///           finish(); a refusal ends the upload, and finish() tells it.
/// Crash:    an upload is noted beside the spool file (note_path()) before it is opened, and with
///           its id before its first part is sent. Whoever opens the same spool file again goes on
///           with it, behind the parts that the store has and that are what the file has; where
///           the file has become shorter (by a power loss: the store was quicker than the disk) and
///           the store insists on all parts, it begins anew, as it does, once, after a conflict. An
///           upload whose id never came is looked for, and aborted, before the receipt is given.
/// Cancel:   an upload that has no receipt when the sink is destroyed, also after a cancelled
///           finish(), stays open, and noted: see discard_upload().
/// Blocking: the destructor ends the thread within 100 ms.
/// Threads:  one of its own per upload, and up to three that send parts.
class Upload final : public Sink {
public:
    Upload(S3Options options, Destination destination, ObjectOptions object,
           std::filesystem::path spool_path);
    ~Upload() override;
    Upload(const Upload&) = delete;
    Upload& operator=(const Upload&) = delete;
    Upload(Upload&&) = delete;
    Upload& operator=(Upload&&) = delete;

    void advance(std::uint64_t final_bytes) override;
    [[nodiscard]] Receipt finish(std::uint64_t total_bytes, const Labels& late_metadata,
                                 const base::Stop& stop) override;

private:
    using Outcome = std::variant<std::monostate, Receipt, base::Error>;

    void run();
    [[nodiscard]] Receipt deliver();
    void take_up();
    void choose_part_size();
    void open_upload();
    void note(const std::string& upload_id) const;
    void send(FilePart part);
    [[nodiscard]] SentPart send_now(Transport& transport, const FilePart& part);
    [[nodiscard]] std::optional<SentPart> part_there(const FilePart& part) const;
    [[nodiscard]] base::FileRange content(const FilePart& part) const;
    void persist(unsigned part_number, const std::function<void()>& attempt);
    [[nodiscard]] Receipt put_whole(std::uint64_t bytes);
    [[nodiscard]] base::Result<Receipt> complete();
    void begin_anew(const base::Error& cause);
    [[nodiscard]] Receipt settled(const Completion& completion, const Sent& sent);
    void close_note();

    S3Options options_;
    Destination destination_;
    ObjectOptions object_;
    std::filesystem::path spool_path_;
    base::UniqueFd spool_;
    base::UniqueFd direct_;  ///< the same, past the page cache; may be invalid
    Transport transport_;

    // of the upload's thread; the senders read the id, which is there before they begin
    std::string upload_id_;  ///< empty: none is open
    StrayUploads strays_;
    std::uint64_t part_bytes_ = 0;          ///< of the first parts; 0: to be chosen
    std::map<unsigned, ListedPart> there_;  ///< what the store had before, by number
    std::vector<SentPart> parts_;           ///< those that were there, and at the end all
    base::FileRange::Memory read_memory_;
    std::optional<base::SectionedSha256> digests_{std::in_place};  ///< of what is planned, by part
    unsigned planned_parts_ = 0;
    std::uint64_t planned_bytes_ = 0;
    bool had_conflict_ = false;

    Growth growth_;
    Labels late_metadata_;  ///< there when growth_ is complete
    base::Guarded<Outcome> outcome_;
    base::Stop done_;  ///< requested when outcome_ is set
    PartSenders senders_;
    std::jthread thread_;  ///< last: it uses all of the above
};

/// Has the store forget the upload that is noted for that spool file, if there is one, and removes
/// the note. What that comes to is logged; where it does not succeed within 2 s, the note stays.
void discard_upload(const S3Options& options, const std::filesystem::path& spool_path) noexcept;

}  // namespace xpc::sink::s3
