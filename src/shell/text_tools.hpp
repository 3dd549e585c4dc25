// Text tools that turn known input into known output. Internal to shell. Each returns nothing where the output is not known.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shell/text_call.hpp"

namespace caro::shell {

// The function that works out what a tool prints, or nullptr.
using TextTool = std::optional<std::string> (*)(const ToolCall&);
TextTool text_tool(std::string_view name);

// It runs a program or decompresses, so that it may take long.
bool is_programmable(std::string_view name);

// What a shell, or a program that wants text, makes of bytes: nothing if they are none.
std::optional<std::string> readable(const std::optional<std::string>& bytes);

// text_columns.cpp: a number of at most six digits; a text filled up with blanks; the words of a line.
std::optional<std::size_t> size_of(const std::string& text);
std::string padded(const std::string& text, std::size_t width, bool right);
std::vector<std::string> blank_words(const std::string& line);

// text_printf.cpp
std::optional<std::string> printed_format(const std::vector<Word>& words);

// text_codes.cpp
std::optional<std::string> coded(const ToolCall& call);
std::optional<std::string> openssl_coded(const ToolCall& call);
std::optional<std::string> uudecoded(const ToolCall& call);
std::optional<std::string> xxd_output(const ToolCall& call);
std::optional<std::string> od_output(const ToolCall& call);
std::optional<std::string> hexdump_output(const ToolCall& call);
std::optional<std::string> iconv_output(const ToolCall& call);
std::optional<std::string> undone(const ToolCall& call);
std::string encoded_base64(const std::string& text);
std::string unhexed(std::string_view text, bool dump);

// text_lines.cpp
std::optional<std::string> nl_output(const ToolCall& call);
std::optional<std::string> cat_output(const ToolCall& call);
std::optional<std::string> tac_output(const ToolCall& call);
std::optional<std::string> rev_output(const ToolCall& call);
std::optional<std::string> cut_output(const ToolCall& call);
std::optional<std::string> paste_output(const ToolCall& call);
std::optional<std::string> join_output(const ToolCall& call);
std::optional<std::string> comm_output(const ToolCall& call);
std::optional<std::string> column_output(const ToolCall& call);
std::optional<std::string> fold_output(const ToolCall& call);
std::optional<std::string> fmt_output(const ToolCall& call);
std::optional<std::string> uniq_output(const ToolCall& call);
std::optional<std::string> plain_output(const ToolCall& call);
std::optional<std::string> pr_output(const ToolCall& call);

// text_grep.cpp
std::optional<std::string> grep_output(const ToolCall& call);
std::optional<std::string> expr_output(const ToolCall& call);
std::optional<std::string> seq_output(const ToolCall& call);
std::optional<std::string> envsubst_output(const ToolCall& call);

// text_sed.cpp, text_jq.cpp, text_calc.cpp, text_macros.cpp, text_sql.cpp
std::optional<std::string> sed_output(const ToolCall& call);
std::optional<std::string> perl_output(const ToolCall& call);
std::optional<std::string> jq_output(const ToolCall& call);
std::optional<std::string> bc_output(const ToolCall& call);
std::optional<std::string> dc_output(const ToolCall& call);
std::optional<std::string> m4_output(const ToolCall& call);
std::optional<std::string> cpp_output(const ToolCall& call);
std::optional<std::string> sql_output(const ToolCall& call);

}  // namespace caro::shell
