#include <CLI/CLI.hpp>

#include "cli/command_line.hpp"
#include "cli/option_checks.hpp"
#include "cli/options.hpp"

namespace xpc::cli {
namespace {

void labels(CLI::App& command, const char* name, std::vector<std::string>& value,
            const char* what) {
    add_repeated(command, name, value, "NAME=VALUE", what)->check(refusal_of_label);
}

void add_limits(CLI::App& command, Capture& capture) {
    add_option(command, "--filter", capture.filter, "EXPR",
               "of pcap-filter(7), such as 'port 53'; also has to match");
    add_option(command, "--direction", capture.direction, "WAY", "both, in or out; default both")
        ->check(CLI::IsMember({"both", "in", "out"}));
    add_option(command, "--snaplen", capture.snaplen, "N", "keep N bytes of each packet")
        ->check(refusal_of_count);
    add_option(command, "-c,--packets", capture.packets, "N", "end after N packets")
        ->check(refusal_of_count);
    add_option(command, "--bytes", capture.bytes, "SIZE", "end at this size, such as 10MiB")
        ->check(refusal_of_size);
    add_option(command, "--segment-bytes", capture.segment_bytes, "SIZE",
               "begin another file at this size")
        ->check(refusal_of_size);
    add_option(command, "--segment-duration", capture.segment_duration, "TIME",
               "begin another file after this time")
        ->check(refusal_of_duration);
    add_option(command, "--keep", capture.keep, "N", "keep only the last N files")
        ->check(refusal_of_count);
    add_option(command, "--format", capture.format, "FORMAT", "pcapng or pcap; default pcapng")
        ->check(CLI::IsMember({"pcapng", "pcap"}));
}

void add_device(CLI::App& command, Capture& capture) {
    add_option(command, "--device", capture.device, "NAME",
               "that has the interface; default local, the server's host");
    add_option(command, "--buffer", capture.buffer, "MIB", "of the device, 1 to 100")
        ->check(refusal_of_count);
    command.add_flag("--circular", capture.circular,
                     "that buffer keeps the last packets, not the first");
    add_option(command, "--pps", capture.pps, "N", "packets a second that the device keeps")
        ->check(refusal_of_count);
}

void add_object(CLI::App& command, Capture& capture) {
    add_option(command, "-b,--bucket", capture.bucket, "NAME", "where the pcap object goes");
    add_option(command, "--key", capture.key, "TEMPLATE",
               "its name, such as '{date}/{interface}/{job}'");
    add_option(command, "--compress", capture.compression, "HOW", "zstd or none; default none")
        ->check(CLI::IsMember({"zstd", "none"}));
    add_option(command, "--storage-class", capture.storage_class, "CLASS",
               "of S3, such as STANDARD_IA");
    add_option(command, "--encryption", capture.encryption, "HOW",
               "at rest in S3: AES256, aws:kms or aws:kms:dsse")
        ->check(CLI::IsMember({"AES256", "aws:kms", "aws:kms:dsse"}));
    add_option(command, "--kms-key", capture.kms_key, "KEY", "id, alias or ARN, with aws:kms");
    add_option(command, "--bucket-owner", capture.bucket_owner, "ACCOUNT",
               "refuse a bucket of anybody else");
    labels(command, "--tag", capture.tags, "tag of the object in S3; may be given again");
    labels(command, "--metadata", capture.metadata, "metadata, likewise");
}

}  // namespace

void add_capture_options(CLI::App& command, Capture& capture) {
    add_repeated(command, "-i,--interface", capture.interfaces, "NAME",
                 "one more; may be given again");
    add_option(command, "-p,--proto", capture.proto, "PROTO",
               "ip tcp udp icmp ospf eigrp any; default any");
    add_option(command, "-s,--src", capture.src, "ADDRESS",
               "IPv4 or IPv6, or a network such as 10.0.0.0/8; default any");
    add_option(command, "--dst", capture.dst, "ADDRESS", "likewise");
    add_option(command, "--src-port", capture.src_port, "N", "of tcp or udp")
        ->check(refusal_of_count);
    add_option(command, "--dst-port", capture.dst_port, "N", "likewise")->check(refusal_of_count);
    add_option(command, "-d,--duration", capture.duration, "TIME",
               "such as 90, 30s, 10m, 2h; default 60 s")
        ->check(refusal_of_duration);
    add_limits(command, capture);
    add_device(command, capture);
    add_object(command, capture);
    add_option(command, "--by", capture.by, "NAME", "who asks; default $USER");
    add_option(command, "--comment", capture.comment, "TEXT", "why, for whoever finds the file");
    add_option(command, "-w,--write", capture.output_file, "FILE",
               "download the capture; - is standard output");
    command.add_flag("-f,--force", capture.overwrite, "let -w replace a file");
    command.add_flag("--dry-run", capture.dry_run,
                     "capture nothing: show what would be, and whether all is there");
    command.add_flag("--json", capture.json, "print the final job as JSON");
}

}  // namespace xpc::cli
