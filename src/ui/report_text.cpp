#include "ui/report_text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "ui/style.hpp"
#include "util/utf8.hpp"

namespace caro::ui {

namespace {

constexpr std::size_t k_findings_shown = 4;

// `text` broken between words so that no line is wider than `width`; further lines are indented by `indent`.
std::string wrapped(const std::string& text, std::size_t indent, std::size_t width) {
    const std::string pad(indent, ' ');
    const std::size_t room = width > indent + 10 ? width - indent - 1 : 10;
    std::string out;
    std::string_view rest = text;
    while (!rest.empty()) {
        std::string_view line = clip_to_width(rest, room);
        if (line.size() < rest.size()) {
            const auto space = line.rfind(' ');
            if (space != std::string_view::npos && space > 0) {
                line = line.substr(0, space);
            }
        }
        if (line.empty()) {
            line = rest;  // a character wider than the line
        }
        out += pad + std::string(line) + "\n";
        rest.remove_prefix(line.size());
        rest.remove_prefix(std::min(rest.size(), rest.find_first_not_of(' ')));
    }
    return out;
}

}  // namespace

std::string describe(const engine::Suggestion& suggestion, bool color, std::size_t width) {
    const safety::Report& report = suggestion.report;
    std::string out = "  " + risk_label(report.risk, color);
    const std::string explanation = escape_deceptive(suggestion.explanation);
    const std::size_t label_width = display_width(risk_label(report.risk, false)) + 2;
    if (!explanation.empty() && label_width + 3 + display_width(explanation) < width) {
        out += " · " + explanation + "\n";
    } else if (!explanation.empty()) {
        out += "\n" + wrapped(explanation, 2, width);
    } else {
        out += "\n";
    }
    std::set<std::string> said;
    for (const auto& finding : report.findings) {
        if (finding.risk == safety::Risk::safe || said.size() >= k_findings_shown ||
            !said.insert(finding.message).second) {
            continue;
        }
        out += wrapped(escape_deceptive(finding.message), 4, width);
        if (!finding.safer.empty()) {
            out += wrapped("safer: " + escape_deceptive(finding.safer), 6, width);
        }
    }
    if (said.empty() && report.risk > safety::Risk::safe && !report.reason.empty()) {
        out += wrapped(escape_deceptive(report.reason), 4, width);
    }
    for (const auto& warning : suggestion.warnings) {
        out += wrapped("note: " + escape_deceptive(warning), 4, width);
    }
    return out;
}

std::string warning_line(const safety::Report& report) {
    if (report.risk < safety::Risk::high) {
        return {};
    }
    return fmt::format("caro: {} risk: {}", to_string(report.risk),
                       report.reason.empty() ? "read it before you run it" : escape_deceptive(report.reason));
}

}  // namespace caro::ui
