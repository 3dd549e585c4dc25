// Columns that do not hold what a program looks for in them. The beginning of the file shows it: `$4 == "Rome"` where all the
// Romes stand in column 3 finds nothing, and nobody asks for nothing.
#include <cctype>
#include <optional>

#include "engine/mend_internal.hpp"
#include "util/strings.hpp"

namespace caro::engine {

namespace {

using shell::Command;
using shell::Word;
using Rows = std::vector<std::vector<std::string>>;

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

bool is_number(std::string_view cell) {
    if (cell.starts_with('-') || cell.starts_with('+')) {
        cell.remove_prefix(1);
    }
    return std::count(cell.begin(), cell.end(), '.') < 2 && cell.find_first_of("0123456789") != std::string_view::npos && cell.find_first_not_of(".0123456789") == std::string_view::npos;
}

std::vector<std::string> cells_of(std::string_view line, char separator) {
    std::vector<std::string> out;
    if (separator != ' ') {
        for (const std::string_view cell : split(line, separator)) {
            out.emplace_back(cell);
        }
        return out;
    }
    std::string cell;
    for (const char c : line) {
        if (c != ' ' && c != '\t') {
            cell.push_back(c);
        } else if (!cell.empty()) {
            out.push_back(std::move(cell));
            cell.clear();
        }
    }
    if (!cell.empty()) {
        out.push_back(std::move(cell));
    }
    return out;
}

class Columns {
  public:
    Columns(const Word& program, std::string_view written, Rows rows, std::vector<Edit>& edits)
        : m_start(program.span.start), m_text(written), m_rows(std::move(rows)), m_edits(edits) {}

    void mend() {
        for (std::size_t at = m_text.find('$'); at != std::string_view::npos; at = m_text.find('$', at + 1)) {
            std::size_t end = at + 1;
            while (end < m_text.size() && is_digit(m_text[end])) {
                ++end;
            }
            if (end == at + 1 || end > at + 3 || m_text[at + 1] == '0') {
                continue;
            }
            const std::size_t column = std::stoul(std::string(m_text.substr(at + 1, end - at - 1)));
            if (const auto value = compared_with(end)) {
                holds(at, end, column, *value);
            } else if (is_added(at)) {
                adds(at, end, column);
            }
        }
    }

  private:
    // VALUE of `$3 == "VALUE"`; it has to be a name, numbers are in many columns.
    std::optional<std::string> compared_with(std::size_t at) const {
        std::string_view rest = m_text.substr(at);
        rest = rest.substr(std::min(rest.find_first_not_of(' '), rest.size()));
        if (!rest.starts_with("==")) {
            return std::nullopt;
        }
        rest = rest.substr(std::min(rest.find_first_not_of(' ', 2), rest.size()));
        const std::size_t end = rest.find('"', 1);
        if (!rest.starts_with("\"") || end == std::string_view::npos) {
            return std::nullopt;
        }
        const std::string value(rest.substr(1, end - 1));
        return value.empty() || is_number(value) || value.find('\\') != std::string::npos ? std::nullopt : std::optional(value);
    }

    bool is_added(std::size_t at) const {
        std::string_view before = m_text.substr(0, at);
        while (before.ends_with(' ')) {
            before.remove_suffix(1);
        }
        return before.ends_with("+=");
    }

    std::size_t width() const {
        std::size_t most = 0;
        for (const auto& row : m_rows) {
            most = std::max(most, row.size());
        }
        return most;
    }

    template <class Test>
    std::size_t count(std::size_t column, Test test) const {
        return static_cast<std::size_t>(
            std::count_if(m_rows.begin(), m_rows.end(), [&](const auto& row) { return column >= 1 && column <= row.size() && test(row[column - 1]); }));
    }

    // The only other column that passes; 0 if there is none, or more than one.
    template <class Test>
    std::size_t other(std::size_t column, Test passes) const {
        std::size_t found = 0;
        for (std::size_t i = 1; i <= width(); ++i) {
            if (i == column || !passes(i)) {
                continue;
            }
            if (found != 0) {
                return 0;
            }
            found = i;
        }
        return found;
    }

    void replace(std::size_t at, std::size_t end, std::size_t column) {
        m_edits.push_back({{m_start + at, m_start + end}, "$" + std::to_string(column)});
    }

    void holds(std::size_t at, std::size_t end, std::size_t column, const std::string& value) {
        const auto same = [&](const std::string& cell) { return trim(cell) == value; };
        const auto alike = [&](const std::string& cell) { return to_lower(trim(cell)) == to_lower(value); };
        if (count(column, alike) != 0) {
            in_its_letters(end, column, value);
            return;
        }
        if (const std::size_t right = other(column, [&](std::size_t i) { return count(i, same) != 0; })) {
            replace(at, end, right);
        }
    }

    // "rome" for the Rome of the file.
    void in_its_letters(std::size_t end, std::size_t column, const std::string& value) {
        std::string seen;
        for (const auto& row : m_rows) {
            const std::string cell(column <= row.size() ? trim(row[column - 1]) : std::string_view());
            if (cell == value || (!seen.empty() && to_lower(cell) == to_lower(value) && cell != seen)) {
                return;
            }
            seen = to_lower(cell) == to_lower(value) ? cell : seen;
        }
        const std::size_t quote = m_text.find('"', end);
        m_edits.push_back({{m_start + quote + 1, m_start + quote + 1 + value.size()}, seen});
    }

    // A sum of words is 0.
    void adds(std::size_t at, std::size_t end, std::size_t column) {
        const auto number = [](const std::string& cell) { return is_number(trim(cell)); };
        if (m_rows.size() < 2 || count(column, number) != 0) {
            return;
        }
        // All but a first row, which may hold names.
        if (const std::size_t right = other(column, [&](std::size_t i) { return count(i, number) + 1 >= m_rows.size(); })) {
            replace(at, end, right);
        }
    }

    std::size_t m_start;
    std::string_view m_text;
    Rows m_rows;
    std::vector<Edit>& m_edits;
};

// By what the command splits, or should.
char separator_for(const Command& command, const Table& table) {
    for (std::size_t i = 1; i < command.words.size(); ++i) {
        const std::string& text = command.words[i].text;
        if (text.starts_with("-F")) {
            const std::string given = text.size() > 2 ? text.substr(2) : i + 1 < command.words.size() ? command.words[i + 1].text : "";
            if (table.separator == '\0' && !table.blanks) {
                return given.size() == 1 ? given[0] : '\0';
            }
        }
    }
    return table.separator != '\0' ? table.separator : ' ';
}

}  // namespace

void mend_columns(const Mended& mended, const shell::Script& script, std::vector<Edit>& edits) {
    for (const auto& pipeline : script.pipelines) {
        const Command* const first = pipeline.stages.empty() ? nullptr : &pipeline.stages.front();
        if (first == nullptr || name_of(*first) != "awk" || first->words.size() < 3 || first->expanded || first->only_flow || !mended.bare(first->words.back())) {
            continue;
        }
        const Table table = mended.table(first->words.back().text);
        const Word& program = first->words[first->words.size() - 2];
        const std::string_view written = mended.as_written(program);
        const char separator = separator_for(*first, table);
        if (table.beginning.empty() || separator == '\0' || !written.starts_with('\'') || written.substr(1, written.size() - 2) != program.text) {
            continue;
        }
        Rows rows;
        for (const std::string_view line : split(table.beginning, '\n')) {
            if (!trim(line).empty()) {
                rows.push_back(cells_of(line, separator));
            }
        }
        Columns(program, written, std::move(rows), edits).mend();
    }
}

}  // namespace caro::engine
