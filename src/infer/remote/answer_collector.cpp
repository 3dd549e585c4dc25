#include "infer/remote/answer_collector.hpp"

#include <algorithm>
#include <vector>

#include "util/strings.hpp"

namespace caro::infer::remote {

namespace {

constexpr std::string_view k_fence = "```";
constexpr std::string_view k_think = "<think>";
constexpr std::string_view k_think_end = "</think>";

bool starts_with(std::string_view text, std::string_view with) { return text.substr(0, with.size()) == with; }

bool ends_with(std::string_view text, std::string_view with) {
    return text.size() >= with.size() && text.substr(text.size() - with.size()) == with;
}

// `text` could still become `whole` if more came.
bool may_become(std::string_view text, std::string_view whole) {
    return text.size() < whole.size() && whole.substr(0, text.size()) == text;
}

std::vector<std::string> without_newlines(const std::vector<std::string>& stops) {
    std::vector<std::string> out;
    for (const auto& stop : stops) {
        if (!trim(stop).empty()) {
            out.push_back(stop);
        }
    }
    return out;
}

}  // namespace

AnswerCollector::AnswerCollector(const prompt::Prompt& prompt, const TokenSink& sink)
    : m_line_filter(prompt.stop), m_free_filter(without_newlines(prompt.stop)), m_answer_prefix(prompt.answer_prefix),
      m_sink(sink) {}

bool AnswerCollector::hand_on(std::string_view text) {
    m_text.append(text);
    if (!text.empty() && m_sink && !m_sink(text)) {
        m_stop = StopReason::sink;
        return false;
    }
    return true;
}

bool AnswerCollector::push(std::string_view piece) {
    if (m_stop) {
        return false;
    }
    m_raw.append(piece);
    switch (m_mode) {
        case Mode::lead:
        case Mode::thinking: return decide();
        case Mode::free: return push_free(piece);
        case Mode::line: break;
    }
    if (!hand_on(m_line_filter.push(piece))) {
        return false;
    }
    return !m_line_filter.stopped() || continue_line();
}

// Looks at the beginning of the answer until it is clear what it is.
bool AnswerCollector::decide() {
    if (m_mode == Mode::thinking) {
        const std::size_t end = m_raw.find(k_think_end, m_searched);
        if (end == std::string::npos) {
            m_searched = m_raw.size() - std::min(m_raw.size(), k_think_end.size());
            return true;
        }
        m_raw.erase(0, end + k_think_end.size());
        m_mode = Mode::lead;
        m_searched = 0;
    }
    const std::size_t start = m_raw.find_first_not_of(" \t\r\n");
    m_raw.erase(0, start == std::string::npos ? m_raw.size() : start);
    if (m_raw.empty() || may_become(m_raw, k_think) || may_become(m_raw, k_fence) ||
        may_become(m_raw, m_answer_prefix)) {
        return true;
    }
    if (starts_with(m_raw, k_think)) {
        m_mode = Mode::thinking;
        return decide();
    }
    if (!m_answer_prefix.empty() && starts_with(m_raw, m_answer_prefix)) {
        m_raw.erase(0, m_answer_prefix.size());
    }
    if (starts_with(m_raw, k_fence)) {
        m_mode = Mode::free;
        return push_free(m_raw);
    }
    m_mode = Mode::line;
    if (!hand_on(m_line_filter.push(m_raw))) {
        return false;
    }
    return !m_line_filter.stopped() || continue_line();
}

// A stop text came. true = it was no end of the command after all.
bool AnswerCollector::continue_line() {
    const std::string_view line = trim(m_text);
    const bool introduction = ends_with(line, ":") && line.find(' ') != std::string_view::npos;
    const bool unfinished = ends_with(line, "\\") || ends_with(line, "|") || ends_with(line, "&&");
    if (!introduction && !unfinished) {
        m_stop = StopReason::stop_text;
        return false;
    }
    m_mode = Mode::free;
    return push_free(std::string_view(m_raw).substr(m_text.size()));
}

// A fence was opened and closed, and something else follows. One token more than needed is read that way, but an
// answer that ends with its fence ends by itself, and the server's token counts are not missed. Each line is looked at
// once: a server decides how long an answer gets.
bool AnswerCollector::goes_on_after_fence() {
    for (;;) {
        const std::size_t end = m_text.find('\n', m_line_start);
        const std::string_view line = trim(std::string_view(m_text).substr(m_line_start, end - m_line_start));
        const bool fence = starts_with(line, k_fence);
        if (!fence && m_fences >= 2 && !line.empty()) {
            return true;
        }
        if (end == std::string::npos) {
            return false;
        }
        m_fences += fence ? 1 : 0;
        m_line_start = end + 1;
    }
}

bool AnswerCollector::push_free(std::string_view piece) {
    const std::string copy(piece);  // may point into m_raw
    if (!hand_on(m_free_filter.push(copy))) {
        return false;
    }
    if (m_free_filter.stopped() || goes_on_after_fence()) {
        m_stop = StopReason::stop_text;
        return false;
    }
    return true;
}

void AnswerCollector::finish() {
    if (m_stop) {
        return;
    }
    switch (m_mode) {
        case Mode::lead: hand_on(m_raw); break;  // as short as "<" or "``"
        case Mode::thinking: break;              // never came to an answer
        case Mode::line: hand_on(m_line_filter.finish()); break;
        case Mode::free: hand_on(m_free_filter.finish()); break;
    }
}

}  // namespace caro::infer::remote
