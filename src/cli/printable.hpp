#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace xpc::cli {

/// `raw` with everything that could command a terminal or hide text from its reader made visible:
/// control characters (also the C1 ones), marks that turn the direction of writing, and bytes that
/// are no UTF-8 become \xNN.
[[nodiscard]] std::string printable(std::string_view raw);

/// The same for each line of a text.
[[nodiscard]] std::string printable_lines(std::string_view raw);

/// The same for a JSON text, which stays one with the same meaning.
[[nodiscard]] std::string printable_json(std::string_view json);

/// Columns of a terminal that `text` fills, where each character fills one.
[[nodiscard]] std::size_t columns(std::string_view text);

/// At most `width` columns of `text`; ends in ".." where something is missing.
[[nodiscard]] std::string cut(std::string_view text, std::size_t width);

/// `raw` as one word of a shell's command line, made printable.
[[nodiscard]] std::string shell_word(std::string_view raw);

}  // namespace xpc::cli
