#include "cli/token_commands.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "cli/client.hpp"
#include "cli/interrupts.hpp"
#include "cli/output.hpp"
#include "cli/printable.hpp"

namespace xpc::cli {
namespace {

using base::Json;
using base::text;

void add(Json::Object& members, const char* name, const std::vector<std::string>& words) {
    if (words.empty()) return;
    members.push_back({.name = name, .value = Json::Array(words.begin(), words.end())});
}

void add(Json::Object& members, const char* name, const std::optional<std::string>& word) {
    if (word) members.push_back({.name = name, .value = *word});
}

Json wanted_by(const CreateToken& create) {
    Json::Object limits;
    add(limits, "interfaces", create.interfaces);
    add(limits, "devices", create.devices);
    add(limits, "buckets", create.buckets);
    add(limits, "duration", create.duration);
    add(limits, "bytes", create.bytes);
    add(limits, "filter", create.filter);
    Json::Object members{{.name = "name", .value = create.name}};
    add(members, "scopes", create.scopes);
    add(members, "expires_in", create.expires_in);
    if (!limits.empty()) members.push_back({.name = "limits", .value = std::move(limits)});
    return members;
}

/// "a, b" of a list; "" of what is none.
std::string words_of(const Json* list) {
    if (list == nullptr || list->array() == nullptr) return {};
    std::vector<std::string> words;
    for (const Json& one : *list->array()) {
        if (one.string() != nullptr) words.push_back(*one.string());
    }
    return base::joined(words, ", ");
}

/// "interfaces eth0, eth1; duration 10 min".
std::string limits_of(const Json& token) {
    const Json* const limits = token.find("limits");
    if (limits == nullptr || limits->object() == nullptr) return {};
    std::string all;
    for (const Json::Member& limit : *limits->object()) {
        std::string value = words_of(&limit.value);
        if (const auto* const words = limit.value.string()) value = *words;
        if (const auto* const number = limit.value.integer()) {
            value = limit.name == "duration"
                        ? base::human_duration(std::chrono::seconds(*number))
                        : base::human_bytes(static_cast<std::uint64_t>(*number));
        }
        if (!value.empty()) all += text(all.empty() ? "" : "; ", limit.name, " ", value);
    }
    return all;
}

using Row = std::array<std::string, 5>;

Row row_of(const Json& token) {
    Row row{token.text_at("id"), token.text_at("name"), words_of(token.find("scopes")),
            token.text_at("expires_at", "never"), limits_of(token)};
    for (std::string& cell : row)
        cell = printable(cell);
    return row;
}

std::string table_of(const std::vector<Row>& rows) {
    Row::size_type at = 0;
    std::array<std::size_t, std::tuple_size_v<Row>> widths{};
    for (std::size_t& width : widths) {
        for (const Row& row : rows)
            width = std::max(width, columns(row.at(at)));
        ++at;
    }
    std::string out;
    for (const Row& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            constexpr std::size_t gap = 2;
            line += row.at(i) + std::string(widths.at(i) - columns(row.at(i)) + gap, ' ');
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    }
    return out;
}

}  // namespace

Tokens tokens_of_server(const TokenPlace& place) {
    // shared by three functions, of which none is the owner
    const auto client = std::make_shared<Client>(place.server, place.credentials);
    return {
        .where = text("at ", place.server),
        .create = [client](const Json& wanted) { return client->create_token(wanted, {}); },
        .list = [client] { return client->tokens({}); },
        .revoke = [client](const std::string& id) { client->revoke_token(id, {}); },
    };
}

int run(const CreateToken& create, const Tokens& tokens, const Surroundings& surroundings) {
    ignore_broken_pipes();
    const Json made = tokens.create(wanted_by(create));
    if (create.json) {
        print(surroundings, made);
        return 0;
    }
    // alone, so that TOKEN=$(xepacketcap token create ...) works
    print(surroundings, text(printable(made.text_at("token")), "\n"));
    const Row row = row_of(made);
    write_if_possible(
        surroundings.err,
        text("token ", row[0], " (", row[1], ") ", tokens.where, ": ", row[2], "; expires ",
             row[3] == "never" ? "" : "at ", row[3], row[4].empty() ? "" : text("; only ", row[4]),
             "\nIt is shown this once: keep it where only its user can read it.\n"));
    return 0;
}

int run(const ListTokens& list, const Tokens& tokens, const Surroundings& surroundings) {
    ignore_broken_pipes();
    const Json all = tokens.list();
    if (list.json) {
        print(surroundings, all);
        return 0;
    }
    std::vector<Row> rows{{"ID", "NAME", "SCOPES", "EXPIRES", "LIMITS"}};
    if (const Json* const members = all.find("tokens"); members && members->array()) {
        for (const Json& token : *members->array())
            rows.push_back(row_of(token));
    }
    print(surroundings, table_of(rows));
    return 0;
}

int run(const RevokeToken& revoke, const Tokens& tokens, const Surroundings& surroundings) {
    ignore_broken_pipes();
    tokens.revoke(revoke.id);
    print(surroundings, text("token ", revoke.id, " revoked ", tokens.where, "\n"));
    return 0;
}

}  // namespace xpc::cli
