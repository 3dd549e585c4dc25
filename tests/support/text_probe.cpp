// Tells what commands print, as the judge works it out: text_probe < COMMANDS, text_probe LANGUAGE < PROGRAMS. A NUL stands behind
// each, in what is read and in what is told; "\x01" is told where the judge says that it does not know.
#include <iostream>
#include <iterator>
#include <string>

#include "safety/inline_code.hpp"
#include "shell/script.hpp"

namespace {

const std::string k_not_known = "\x01";

std::string printed_by_command(const std::string& command) {
    caro::shell::Environment environment;
    environment.home = "/home/me";
    auto script = caro::shell::parse("caro_output=$(\n" + command + "\n)", environment);
    const caro::shell::Word& word = script.variables["caro_output"];
    return word.known() ? word.text : k_not_known;
}

std::string printed_by_program(const std::string& code, const std::string& language) {
    for (const auto& effect : caro::safety::judge_program(code, language)) {
        if (effect.act == caro::safety::ProgramAct::print && effect.word.known() && effect.detail.empty() && !effect.word.guessed) {
            return effect.word.text;
        }
    }
    return k_not_known;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string all((std::istreambuf_iterator<char>(std::cin)), {});
    for (std::size_t at = 0; at < all.size();) {
        const auto end = std::min(all.find('\0', at), all.size());
        const std::string one = all.substr(at, end - at);
        std::cout << (argc > 1 ? printed_by_program(one, argv[1]) : printed_by_command(one)) << '\0';
        at = end + 1;
    }
}
