#include "config/toml_document.hpp"

#include "util/utf8.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <toml++/toml.h>

namespace caro::config {

namespace {

// Turns the parser's lines and columns (counted in characters) into byte offsets.
class Offsets {
  public:
    explicit Offsets(std::string_view text) : m_text(text) {
        m_lines.push_back(0);
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == '\n') {
                m_lines.push_back(i + 1);
            }
        }
    }

    std::size_t of(const toml::source_position& place) const {
        if (place.line == 0 || place.line > m_lines.size()) {
            return m_text.size();
        }
        std::size_t offset = m_lines[place.line - 1];
        for (toml::source_index column = 1; column < place.column && offset < m_text.size();
             ++column) {
            std::size_t length = 1;
            decode_utf8(m_text.substr(offset), length);
            offset += length;
        }
        return offset;
    }

  private:
    std::string_view m_text;
    std::vector<std::size_t> m_lines;
};

const char* kind_of(const toml::node& node) {
    switch (node.type()) {
        case toml::node_type::string:
            return "a string";
        case toml::node_type::integer:
            return "an integer";
        case toml::node_type::boolean:
            return "true or false";
        case toml::node_type::floating_point:
            return "a number with a fraction";
        case toml::node_type::array:
            return "a list";
        case toml::node_type::table:
            return "a table";
        default:
            return "a date or time";
    }
}

std::optional<Value> value_of(const toml::node& node) {
    if (const auto* text = node.as_string()) {
        return Value(text->get());
    }
    if (const auto* number = node.as_integer()) {
        return Value(number->get());
    }
    if (const auto* flag = node.as_boolean()) {
        return Value(flag->get());
    }
    if (const auto* array = node.as_array()) {
        std::vector<std::string> list;
        for (const auto& item : *array) {
            const auto* text = item.as_string();
            if (text == nullptr) {
                return std::nullopt;
            }
            list.push_back(text->get());
        }
        return Value(std::move(list));
    }
    return std::nullopt;
}

class Reader {
  public:
    explicit Reader(std::string_view text) : m_text(text), m_offsets(text) {}

    void walk(const toml::table& table, const std::string& prefix) {
        for (const auto& [key, node] : table) {
            const std::string name = prefix + std::string(key.str());
            if (const auto* inner = node.as_table()) {
                add_table(*inner, name);
                walk(*inner, name + ".");
                continue;
            }
            TomlLeaf leaf;
            leaf.key = name;
            leaf.value = value_of(node);
            leaf.kind = kind_of(node);
            leaf.line = static_cast<int>(key.source().begin.line);
            leaf.key_begin = m_offsets.of(key.source().begin);
            leaf.value_begin = m_offsets.of(node.source().begin);
            leaf.value_end = m_offsets.of(node.source().end);
            m_document.leaves.push_back(std::move(leaf));
        }
    }

    TomlDocument finish() {
        std::sort(m_document.leaves.begin(), m_document.leaves.end(),
                  [](const auto& a, const auto& b) { return a.key_begin < b.key_begin; });
        std::sort(m_document.tables.begin(), m_document.tables.end(),
                  [](const auto& a, const auto& b) { return a.begin < b.begin; });
        return std::move(m_document);
    }

  private:
    void add_table(const toml::table& table, const std::string& name) {
        TomlTable entry;
        entry.key = name;
        entry.line = static_cast<int>(table.source().begin.line);
        entry.begin = m_offsets.of(table.source().begin);
        const char first = entry.begin < m_text.size() ? m_text[entry.begin] : '\0';
        entry.style = first == '{'   ? TomlTable::Style::braces
                      : first == '[' ? TomlTable::Style::header
                                     : TomlTable::Style::dotted;
        m_document.tables.push_back(std::move(entry));
    }

    std::string_view m_text;
    Offsets m_offsets;
    TomlDocument m_document;
};

}  // namespace

Result<TomlDocument> read_toml(std::string_view text, std::string_view label) {
    const auto parsed = toml::parse(text, label);
    if (!parsed) {
        const auto& error = parsed.error();
        return fail(ErrorCode::config,
                    fmt::format("{}:{}: {}", label, error.source().begin.line, error.description()),
                    "Correct that line; caro config path tells which files are read");
    }
    Reader reader(text);
    reader.walk(parsed.table(), "");
    return reader.finish();
}

}  // namespace caro::config
