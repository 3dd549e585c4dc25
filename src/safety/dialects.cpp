#include "safety/dialects.hpp"

#include <cctype>

#include "shell/fish.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

// $name[2] of zsh, which counts from one, as ${name[1]}.
std::string with_braces(const std::string& code) {
    std::string made;
    bool single = false;
    for (std::size_t i = 0; i < code.size(); ++i) {
        single = code[i] == '\'' ? !single : single;
        std::size_t end = i + 1;
        while (end < code.size() && (std::isalnum(static_cast<unsigned char>(code[end])) != 0 || code[end] == '_')) {
            ++end;
        }
        const auto close = code.find(']', end);
        const bool indexed = code[i] == '$' && !single && end > i + 1 && end < code.size() && code[end] == '[' && close != std::string::npos;
        const std::string index = indexed ? code.substr(end + 1, close - end - 1) : "";
        if (!index.empty() && index.size() < 4 && index.find_first_not_of("0123456789") == std::string::npos && index != "0") {
            made += "${" + code.substr(i + 1, end - i - 1) + "[" + std::to_string(std::stoi(index) - 1) + "]}";
            i = close;
        } else {
            made += code[i];
        }
    }
    return made;
}

}  // namespace

std::string as_posix(const std::string& code, const std::string& shell) {
    if (shell == "fish") {
        return shell::from_fish(code).text;
    }
    if (shell == "zsh" && code.size() < 20000) {
        return with_braces(code);
    }
    if ((shell != "csh" && shell != "tcsh") || code.size() > 20000) {
        return code;
    }
    std::string made;
    bool begins = true;  // a command begins here
    for (std::size_t i = 0; i < code.size(); ++i) {
        if (begins && code.compare(i, 4, "set ") == 0) {
            std::string line = code.substr(i + 4, code.find_first_of(";\n&|", i) - i - 4);
            i += 3 + line.size();
            const auto mark = line.find('=');
            if (mark == std::string::npos) {
                continue;
            }
            const std::string value(trim(std::string_view(line).substr(mark + 1)));
            const bool list = value.size() > 1 && value.front() == '(' && value.back() == ')';
            made += std::string(trim(line.substr(0, mark))) + "=" + (value.find(' ') == std::string::npos ? value : list ? "'" + replace_all(value.substr(1, value.size() - 2), "'", "") + "'" : "'" + replace_all(value, "'", "") + "'");
            begins = false;
            continue;
        }
        made += code[i];
        begins = code[i] == ';' || code[i] == '\n' || (begins && code[i] == ' ');
    }
    return made;
}

}  // namespace caro::safety
