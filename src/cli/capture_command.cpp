#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/capture_file.hpp"
#include "cli/client.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/follower.hpp"
#include "cli/interrupts.hpp"
#include "cli/job.hpp"
#include "cli/live_output.hpp"
#include "cli/output.hpp"
#include "cli/printable.hpp"
#include "cli/progress_display.hpp"
#include "cli/rehearsal_report.hpp"
#include "cli/render.hpp"

namespace xpc::cli {
namespace {

using base::Errc;
using base::Failure;
using base::Json;
using base::text;

/// Of an option that has been checked to be one.
Json number_of(const std::string& digits) {
    return base::parse_decimal<std::uint64_t>(digits).value_or(0);
}

/// "NAME=VALUE" each, which has been checked.
Json labels_of(const std::vector<std::string>& given) {
    Json::Object members;
    for (const std::string& one : given) {
        const auto equals = one.find('=');
        members.push_back({.name = one.substr(0, equals), .value = one.substr(equals + 1)});
    }
    return members;
}

void add(Json::Object& to, const char* name, const std::optional<std::string>& value) {
    if (value) to.push_back({.name = name, .value = *value});
}

Json::Object s3_options_of(const Capture& capture) {
    Json::Object s3;
    add(s3, "storage_class", capture.storage_class);
    add(s3, "encryption", capture.encryption);
    add(s3, "kms_key", capture.kms_key);
    add(s3, "bucket_owner", capture.bucket_owner);
    if (!capture.tags.empty()) s3.push_back({.name = "tags", .value = labels_of(capture.tags)});
    if (!capture.metadata.empty()) {
        s3.push_back({.name = "metadata", .value = labels_of(capture.metadata)});
    }
    return s3;
}

/// What is not given is not sent, so that the server's defaults hold.
Json request_of(const Capture& capture) {
    const auto& interfaces = capture.interfaces;
    Json::Object members;
    if (interfaces.size() == 1) {
        members.push_back({.name = "interface", .value = interfaces.front()});
    } else {
        members.push_back(
            {.name = "interfaces", .value = Json::Array(interfaces.begin(), interfaces.end())});
    }
    const auto add_number = [](Json::Object& to, const char* name,
                               const std::optional<std::string>& digits) {
        if (digits) to.push_back({.name = name, .value = number_of(*digits)});
    };
    add(members, "proto", capture.proto);
    add(members, "src", capture.src);
    add(members, "dst", capture.dst);
    add_number(members, "src_port", capture.src_port);
    add_number(members, "dst_port", capture.dst_port);
    add(members, "device", capture.device);
    add_number(members, "buffer", capture.buffer);
    if (capture.circular) members.push_back({.name = "circular", .value = true});
    add_number(members, "pps", capture.pps);
    members.push_back({.name = "bidirectional", .value = capture.bidirectional});
    add(members, "filter", capture.filter);
    add(members, "direction", capture.direction);
    add_number(members, "snaplen", capture.snaplen);
    add(members, "duration", capture.duration);
    add_number(members, "packets", capture.packets);
    add(members, "bytes", capture.bytes);
    Json::Object segment;
    add(segment, "bytes", capture.segment_bytes);
    add(segment, "duration", capture.segment_duration);
    add_number(segment, "keep", capture.keep);
    if (!segment.empty()) members.push_back({.name = "segment", .value = std::move(segment)});
    add(members, "format", capture.format);
    add(members, "bucket", capture.bucket);
    add(members, "key", capture.key);
    add(members, "compression", capture.compression);
    Json::Object s3 = s3_options_of(capture);
    if (!s3.empty()) members.push_back({.name = "s3", .value = std::move(s3)});
    add(members, "by", capture.by);
    add(members, "comment", capture.comment);
    return members;
}

/// One `capture` from the question to the summary.
class CaptureRun {
public:
    CaptureRun(const Capture& capture, const Surroundings& around, Interrupts& interrupts)
        : capture_(capture),
          around_(around),
          interrupts_(interrupts),
          client_(capture.server, capture.credentials),
          display_(around.err, around.environment),
          to_stdout_(capture.output_file == standard_output) {
        if (!capture.output_file) return;
        if (!to_stdout_) {
            file_.emplace(
                CaptureFile::Options{.path = *capture.output_file, .overwrite = capture.overwrite});
        } else if (is_terminal(around.out)) {
            throw Failure(base::Error{.errc = Errc::usage,
                                      .message = "-w -: refusing to write a binary capture to a "
                                                 "terminal; pipe it into a program, or name a file",
                                      .field = "-w"});
        }
    }

    [[nodiscard]] int run() {
        Follower follower(client_, interrupts_, display_, Follower::Pace{});
        const Job submitted = submit();
        if (to_stdout_) {
            live_.emplace(
                LiveOutput::Options{.server = capture_.server,
                                    .credentials = capture_.credentials,
                                    .out = around_.out,
                                    .reader_gone = [this] { interrupts_.first.request(); }},
                submitted);
        }
        const Job job = follower.follow(submitted);
        display_.clear();
        for (const Job::Error& error : job.errors) {
            display_.say(text("xepacketcap: ", name_of(job), ": ", printable(error.message), " (",
                              printable(error.code), ")"));
        }
        std::optional<std::string> written;
        std::optional<base::Error> not_written;
        if (capture_.output_file) {
            try {
                download(job);
                if (file_) written = file_->path();
            } catch (const Failure& failure) {  // told after the summary, which says where it is
                not_written = failure.error();
            }
        }
        print(job, written);
        if (not_written && job.delivered()) throw Failure(said_of_download(*not_written, job));
        if (not_written) display_.say("xepacketcap: and there is no file to download");
        return job.delivered() ? 0 : base::traits(Errc::io).exit_code;
    }

private:
    Job submit() {
        try {
            return client_.submit(request_of(capture_), interrupts_.second);
        } catch (const Failure& failure) {  // only an interrupt: nobody knows how far it came
            if (failure.error().errc != Errc::cancelled || !interrupts_.second.requested()) throw;
            throw Failure(Errc::interrupted,
                          "left before the server had answered; see whether it has made the job "
                          "with: xepacketcap list");
        }
    }

    /// Also where the delivery has failed: then it is what the server has on its disk.
    void download(const Job& job) {
        const base::Stop& stop = interrupts_.next();
        if (live_) {
            const auto outcome = live_->finish(stop);
            if (!outcome.error) return;
            // such as one that ended before it could be followed: then it can be fetched
            if (outcome.bytes > 0 || !job.delivered()) throw Failure(*outcome.error);
        }
        client_.download(
            job,
            [this, &stop](std::span<const std::byte> piece) {
                if (file_) {
                    file_->append(piece, stop);
                } else {
                    write_all(around_.out, piece, "standard output", stop);
                }
            },
            stop);
        if (file_) file_->commit();
    }

    void print(const Job& job, const std::optional<std::string>& written) {
        if (capture_.json) {
            cli::print(around_, job.json);
        } else if (to_stdout_) {
            display_.say(base::trimmed(summary(job, written, capture_.server)));
        } else {
            cli::print(around_, summary(job, written, capture_.server));
        }
    }

    static base::Error said_of_download(base::Error error, const Job& job) {
        if (error.errc == Errc::cancelled) {
            error = {.errc = Errc::interrupted, .message = "the download was interrupted"};
        }
        error.message += text("; the capture stays at ", job.url);
        return error;
    }

    const Capture& capture_;
    const Surroundings& around_;
    Interrupts& interrupts_;
    Client client_;
    ProgressDisplay display_;
    bool to_stdout_;
    std::optional<CaptureFile> file_;
    std::optional<LiveOutput> live_;
};

}  // namespace

int run(const Capture& capture, const Surroundings& surroundings) {
    ignore_broken_pipes();
    if (capture.dry_run) {
        const Json reply = Client(capture.server).rehearse(request_of(capture), base::Stop());
        return report_rehearsal(reply, capture.json, surroundings);
    }
    Interrupts interrupts;
    const SignalWatch watch(interrupts);
    CaptureRun capture_run(capture, surroundings, interrupts);
    return capture_run.run();
}

}  // namespace xpc::cli
