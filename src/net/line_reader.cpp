#include "net/line_reader.hpp"

#include "util/strings.hpp"

namespace caro::net {

ReadState NdjsonReader::push(std::string_view bytes, const RecordSink& sink) {
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        m_line.append(bytes.substr(0, end));
        if (m_line.size() > m_limit) {
            return ReadState::too_long;
        }
        if (end == std::string_view::npos) {
            return ReadState::more;
        }
        bytes.remove_prefix(end + 1);
        if (finish(sink) == ReadState::enough) {
            return ReadState::enough;
        }
    }
    return ReadState::more;
}

ReadState NdjsonReader::finish(const RecordSink& sink) {
    std::string line;
    line.swap(m_line);
    const std::string_view record = trim(line);
    return record.empty() || sink(record) ? ReadState::more : ReadState::enough;
}

ReadState SseReader::push(std::string_view bytes, const RecordSink& sink) {
    for (const char c : bytes) {
        const bool second_half = m_after_cr && c == '\n';
        m_after_cr = c == '\r';
        if (second_half) {
            continue;
        }
        if (c != '\n' && c != '\r') {
            m_line.push_back(c);
            if (m_line.size() > m_limit) {
                return ReadState::too_long;
            }
            continue;
        }
        if (const ReadState state = end_line(sink); state != ReadState::more) {
            return state;
        }
    }
    return ReadState::more;
}

ReadState SseReader::end_line(const RecordSink& sink) {
    std::string line;
    line.swap(m_line);
    if (m_first_line) {
        m_first_line = false;
        if (line.rfind("\xEF\xBB\xBF", 0) == 0) {
            line.erase(0, 3);
        }
    }
    if (line.empty()) {
        return dispatch(sink);
    }
    const std::size_t colon = line.find(':');
    if (line.substr(0, colon) != "data") {
        return ReadState::more;
    }
    std::string_view value;
    if (colon != std::string::npos) {
        value = std::string_view(line).substr(colon + 1);
        value.remove_prefix(!value.empty() && value.front() == ' ' ? 1 : 0);
    }
    if (m_data.size() + value.size() > m_limit) {
        return ReadState::too_long;
    }
    m_data.append(m_has_data ? "\n" : "").append(value);
    m_has_data = true;
    return ReadState::more;
}

ReadState SseReader::dispatch(const RecordSink& sink) {
    if (!m_has_data) {
        return ReadState::more;
    }
    std::string data;
    data.swap(m_data);
    m_has_data = false;
    return sink(data) ? ReadState::more : ReadState::enough;
}

ReadState SseReader::finish(const RecordSink& sink) {
    if (!m_line.empty()) {
        if (const ReadState state = end_line(sink); state != ReadState::more) {
            return state;
        }
    }
    return dispatch(sink);
}

}  // namespace caro::net
