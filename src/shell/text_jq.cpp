// jq: how it is called.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "shell/text_call.hpp"
#include "shell/text_jq.hpp"
#include "shell/text_regex.hpp"
#include "shell/text_tools.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

using Text = std::optional<std::string>;
using Variables = JqVariables;

// The values that stand one behind the other in a text.
std::optional<std::vector<Json>> documents(const std::string& text) {
    std::vector<Json> made;
    int depth = 0;
    bool quoted = false;
    std::size_t start = 0;
    const auto take = [&](std::size_t end) {
        const std::string_view piece = trim(std::string_view(text).substr(start, end - start));
        start = end;
        if (piece.empty()) {
            return true;
        }
        auto value = Json::parse(piece);
        made.push_back(value.value_or(Json()));
        return value.has_value();
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            i += c == '\\' ? 1 : 0;
            quoted = c != '"';
        } else {
            quoted = c == '"';
            depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
        }
        const bool ends = depth == 0 && !quoted && (std::string_view("}]\" \n\t").find(c) != std::string_view::npos);
        if (depth > 100 || depth < 0 || made.size() > 2000 || (ends && !take(std::min(i + 1, text.size())))) {
            return std::nullopt;
        }
    }
    return take(text.size()) ? std::optional(made) : std::nullopt;
}

struct JqCall {
    bool none = false, raw = false, joined = false, slurps = false, reads_raw = false, compact = false, ends_with_zero = false;
    std::string filter;
    Variables variables;
    std::vector<std::string> files;
};

std::optional<JqCall> read_call(const ToolCall& call) {
    JqCall made;
    bool has_filter = false;
    Json positional = Json::array();
    int rest = 0;  // 1: --args, 2: --jsonargs
    Json named = Json::object();
    for (std::size_t i = 1; i < call.words.size(); ++i) {
        const std::string& text = call.words[i].text;
        const bool two = i + 2 < call.words.size();
        if ((text == "--arg" || text == "--argjson" || text == "--rawfile") && two) {
            const std::string& value = call.words[i + 2].text;
            const Text file = text == "--rawfile" ? call.file(value) : Text(value);
            const auto json = text == "--argjson" ? Json::parse(value) : std::optional<Json>(file.value_or(""));
            if (!file || !json) {
                return std::nullopt;
            }
            made.variables[call.words[i + 1].text] = *json;
            named.put(call.words[i + 1].text, *json);
            i += 2;
        } else if (text == "--args" || text == "--jsonargs") {
            rest = text == "--args" ? 1 : 2;
        } else if (text.substr(0, 2) == "--") {
            made.none = made.none || text == "--null-input";
            made.raw = made.raw || text == "--raw-output";
            made.joined = made.joined || text == "--join-output";
            made.slurps = made.slurps || text == "--slurp";
            made.reads_raw = made.reads_raw || text == "--raw-input";
            made.ends_with_zero = made.ends_with_zero || text == "--raw-output0";
            if (!any_of(text, {"--null-input", "--raw-output", "--join-output", "--slurp", "--raw-input", "--compact-output", "--raw-output0", "--monochrome-output", "--unbuffered"})) {
                return std::nullopt;
            }
            made.compact = made.compact || text == "--compact-output";
        } else if (text.size() > 1 && text[0] == '-') {
            if (text.find_first_not_of("nrjsRcMaSe", 1) != std::string::npos) {
                return std::nullopt;
            }
            const auto has = [&](char c) { return text.find(c) != std::string::npos; };
            made.none = made.none || has('n');
            made.raw = made.raw || has('r');
            made.joined = made.joined || has('j');
            made.slurps = made.slurps || has('s');
            made.reads_raw = made.reads_raw || has('R');
            made.compact = made.compact || has('c');
        } else if (!has_filter) {
            made.filter = text;
            has_filter = true;
        } else if (rest > 0) {
            positional.push_back(rest == 1 ? Json(text) : Json::parse(text).value_or(Json()));
        } else {
            made.files.push_back(text);
        }
    }
    made.variables["ARGS"] = Json::object({{"positional", positional}, {"named", named}});
    made.variables["__loc__"] = Json::object();
    return has_filter ? std::optional(std::move(made)) : std::nullopt;
}

std::optional<std::vector<Json>> inputs_of(const JqCall& how, const ToolCall& call) {
    if (how.none) {
        return std::vector<Json>{Json()};
    }
    const Text input = contents_of(call, how.files);
    if (!input) {
        return std::nullopt;
    }
    if (how.reads_raw) {
        std::vector<Json> made;
        if (how.slurps) {
            made.emplace_back(*input);
            return made;
        }
        for (const auto& line : text_lines(*input)) {
            made.emplace_back(line);
        }
        return made;
    }
    auto made = documents(*input);
    return made && how.slurps ? std::vector<Json>{Json(*made)} : made;
}

}  // namespace

Text jq_output(const ToolCall& call) {
    auto how = read_call(call);
    if (!how) {
        return std::nullopt;
    }
    const auto filter = read_jq(how->filter);
    const auto inputs = inputs_of(*how, call);
    if (!filter || !inputs) {
        return std::nullopt;
    }
    Jq machine;
    std::string made;
    for (const auto& input : *inputs) {
        machine.run(*filter, input, how->variables, [&](const Json& value) {
            const bool raw = how->raw || how->joined || how->ends_with_zero;
            if (made.size() < k_longest_text) {
                made += raw && value.is_string() ? value.text() : jq_text(value, how->compact ? -1 : 2);
                made += how->joined ? "" : how->ends_with_zero ? std::string(1, '\0') : "\n";
            }
        });
    }
    return machine.failed() || made.size() > k_longest_text ? std::nullopt : Text(made);
}

}  // namespace caro::shell
