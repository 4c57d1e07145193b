#include "base/audit_chain.hpp"

#include <utility>

#include "base/digest.hpp"
#include "base/text.hpp"

namespace xpc::base {
namespace {

std::string digest_of(std::string_view line) {
    return hex(sha256(line));
}

}  // namespace

std::string chain_line(ChainEnd& end, Json::Object members) {
    Json::Object whole;
    whole.push_back({.name = "n", .value = end.lines + 1});
    for (Json::Member& member : members)
        whole.push_back(std::move(member));
    whole.push_back({.name = "prev", .value = end.digest});
    const std::string line = Json(std::move(whole)).dump();
    ++end.lines;
    end.digest = digest_of(line);
    return line + '\n';
}

Json::Object torn_line(std::string_view torn) {
    return {{.name = "event", .value = torn_event},
            {.name = "bytes", .value = std::uint64_t{torn.size()}},
            {.name = "sha256", .value = digest_of(torn)}};
}

Result<void> ChainCheck::add(std::string_view line) {
    const auto broken = [](std::string_view why) {
        return refuse(Errc::corrupt, std::string(why));
    };
    const auto read = parse_json(line);
    if (!read || read->object() == nullptr || read->find("prev") == nullptr) {
        if (torn_) return broken("it is no record, nor is the one before it");
        torn_ = line;  // to be accounted for by the next
        return {};
    }
    const auto number = static_cast<std::uint64_t>(read->integer_at("n"));
    const std::string previous = read->text_at("prev");
    const bool begins = end_.digest.empty();  // a first file may go on where another one ended
    if (number == 0) return broken("it has no number");
    if (!begins && number != end_.lines + 1) {
        return broken(text("it has the number ", number, ", and should have ", end_.lines + 1,
                           ": lines were taken out or put in before it"));
    }
    if (!begins && previous != end_.digest) {
        return broken("the line before it is not what it was when this one was written");
    }
    if (begins && number <= 1 && !previous.empty()) {
        return broken("it is the first, and has a line before it");
    }
    if (torn_) {
        const bool is_accounted_for =
            read->text_at("event") == torn_event && read->text_at("sha256") == digest_of(*torn_);
        if (!is_accounted_for) return broken("the line before it is no record");
        torn_.reset();
        ++torn_lines_;
    }
    end_ = {.lines = number, .digest = digest_of(line)};
    return {};
}

Result<ChainEnd> ChainCheck::finish() const {
    if (torn_) {
        return refuse(Errc::corrupt,
                      "it is no whole record: cut off by a crash, if no server has run since");
    }
    return end_;
}

}  // namespace xpc::base
