// Tokens of the languages inline_code.cpp reads.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace caro::safety {

struct CodeToken {
    enum class Kind : unsigned char { name, text, shell_text, mark };
    Kind kind = Kind::mark;
    std::string text;  // names with their dots: "os.path.join", ".rmSync" after a bracket
    bool number = false;  // of a text: written as digits
    std::vector<std::string> names;  // of a text: what stands for its unknown parts, in order

    bool is(char c) const { return kind == Kind::mark && text.size() == 1 && text[0] == c; }
    // The name after its last separator.
    std::string_view last() const {
        const auto at = text.find_last_of(".:>");
        return std::string_view(text).substr(at == std::string::npos ? 0 : at + 1);
    }
};

std::vector<CodeToken> code_tokens(std::string_view code, std::string_view language);

}  // namespace caro::safety
