#include "engine/table.hpp"

#include <algorithm>
#include <fstream>
#include <string>
#include <system_error>

#include "util/strings.hpp"

namespace caro::engine {

namespace {

constexpr std::size_t k_most_bytes = 4096;

bool is_number(std::string_view cell) {
    cell = trim(cell);
    return !cell.empty() && cell.find_first_not_of("+-.:/0123456789eE") == std::string_view::npos &&
           cell.find_first_of("0123456789") != std::string_view::npos;
}

// The sign that parts the first two lines in the same number of cells.
char separator_of(std::string_view first, std::string_view second) {
    for (const char sign : {'\t', ';', ',', '|'}) {
        const auto cells = std::count(first.begin(), first.end(), sign);
        if (cells > 0 && (second.empty() || std::count(second.begin(), second.end(), sign) == cells)) {
            return sign;
        }
    }
    return '\0';
}

}  // namespace

Table table_of(std::string_view beginning) {
    if (beginning.find('\0') != std::string_view::npos) {
        return {};
    }
    const auto lines = split(beginning, '\n');
    const std::string_view second = lines.size() > 1 ? lines[1] : std::string_view();
    Table table{separator_of(lines[0], second), false, false, {}, std::string(beginning.substr(0, beginning.rfind('\n') + 1))};
    table.blanks = table.separator == '\0' && trim(lines[0]).find(' ') != std::string_view::npos;
    if (table.separator != '\0' && !second.empty()) {
        const auto heads = split(lines[0], table.separator);
        const auto cells = split(second, table.separator);
        table.header = std::none_of(heads.begin(), heads.end(), is_number) && std::any_of(cells.begin(), cells.end(), is_number);
        for (const std::string_view head : heads) {
            if (table.header) {
                table.names.emplace_back(trim(head));
            }
        }
    }
    return table;
}

Table table_at(const std::filesystem::path& path) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error) || error) {
        return {};  // a pipe would wait for ever
    }
    std::ifstream in(path, std::ios::binary);
    std::string beginning(k_most_bytes, '\0');
    in.read(beginning.data(), static_cast<std::streamsize>(beginning.size()));
    beginning.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
    return table_of(beginning);
}

}  // namespace caro::engine
