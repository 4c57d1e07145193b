#pragma once

#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace xpc::cli {

struct Capture;
struct ServerChoice;

// Options that several files of the command line have in common. What they fill has to stay where
// it is until the command line is parsed: CLI11 keeps references.

/// One with a value, which is not empty.
CLI::Option* add_option(CLI::App& command, const char* names, std::optional<std::string>& value,
                        const char* value_name, const char* what);

/// One that may be given several times.
CLI::Option* add_repeated(CLI::App& command, const char* names, std::vector<std::string>& values,
                          const char* value_name, const char* what);

void add_configuration(CLI::App& command, std::optional<std::string>& file,
                       std::optional<std::string>& data_dir);

/// --server, and what it takes to be let in there.
void add_server(CLI::App& command, std::string& server, ServerChoice& choice);

/// All of `capture` that end up in the Capture as they are; not INTERFACE, and not --one-way.
void add_capture_options(CLI::App& command, Capture& capture);

}  // namespace xpc::cli
