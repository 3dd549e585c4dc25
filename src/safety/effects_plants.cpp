// Databases that are made to write files which the system runs, or to run code; web pages that run what they are sent;
// names of methods that JavaScript puts together.
#include <algorithm>
#include <array>
#include <vector>

#include "safety/effects.hpp"
#include "safety/secret_sources.hpp"
#include "shell/filters.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

constexpr std::size_t k_longest = 20000;  // longer code is not written by hand; reading it here would take too long

template <class List>
bool contains_any(std::string_view text, const List& parts) {
    return std::any_of(parts.begin(), parts.end(), [text](std::string_view part) { return contains(text, part); });
}

// A file, or the folder of one, whose contents are run or let somebody in.
bool is_planted(std::string_view path) {
    constexpr std::array<std::string_view, 9> k_places = {"/cron", "/.ssh", "/profile.d", "/systemd/system", "/init.d", "/etc/ld.so", "authorized_keys", "/pam.d", "/autostart"};
    constexpr std::array<std::string_view, 9> k_ends = {".php", ".jsp", ".jspx", ".asp", ".aspx", ".sh", ".so", ".phtml", ".cgi"};
    return contains_any(path, k_places) || is_public_place(path) || runs_by_itself(path) ||
           std::any_of(k_ends.begin(), k_ends.end(), [path](std::string_view end) { return path.substr(0, 1) == "/" && ends_with(path, end); });
}

// The text in quotes that begins behind `at`.
std::string_view quoted(std::string_view code, std::size_t at) {
    const auto start = code.find_first_of("'\"", at);
    const auto end = start == std::string_view::npos ? start : code.find(code[start], start + 1);
    return end == std::string_view::npos ? std::string_view() : code.substr(start + 1, end - start - 1);
}

// "a" + "b", ["a", "b"].join(""), "a".concat("b"), `${"a"}b` as one text.
std::string joined_texts(std::string code) {
    for (const std::string_view gap : {" + ", "+ ", " +"}) {
        code = replace_all(code, std::string(gap), "+");
    }
    for (const char quote : {'"', '\''}) {
        const std::string q(1, quote);
        code = replace_all(code, q + "+" + q, "");
        code = replace_all(code, q + ".concat(" + q, "");
        code = replace_all(code, "${" + q, "");
        code = replace_all(code, q + "}", "");
        const std::string mark = "].join(" + q + q + ")";
        for (auto end = code.find(mark); end != std::string::npos; end = code.find(mark)) {
            const auto start = code.rfind('[', end);
            if (start == std::string::npos) {
                break;
            }
            std::string list = code.substr(start + 1, end - start - 1);
            list.erase(std::remove(list.begin(), list.end(), ' '), list.end());
            code = code.substr(0, start) + replace_all(list, q + "," + q, "") + code.substr(end + mark.size());
        }
        const std::string decode = "atob(" + q;
        for (auto at = code.find(decode); at != std::string::npos; at = code.find(decode)) {
            const auto end = code.find(q + ")", at + decode.size());
            if (end == std::string::npos) {
                break;
            }
            const std::string plain = shell::decoded_base64(std::string_view(code).substr(at + decode.size(), end - at - decode.size()));
            code = code.substr(0, at) + q + plain + q + code.substr(end + 2);
        }
    }
    return replace_all(code, "\")()", "\"]()");
}

bool is_name_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$'; }

}  // namespace

// The file of that kind that SQL writes, or "".
std::string_view planted_by_sql(std::string_view code) {
    constexpr std::array<std::string_view, 11> k_writers = {"outfile", "dumpfile", " to ", "attach ", "lo_export", "\\o ", ".output ", ".once ", "vacuum into", "utl_file", "\\g "};
    if (code.size() > k_longest) {
        return {};
    }
    const std::string lower = to_lower(code);
    for (const auto writer : k_writers) {
        for (auto at = lower.find(writer); at != std::string::npos; at = lower.find(writer, at + 1)) {
            std::string_view path = quoted(code, at + writer.size());
            if (writer[0] == '.' || writer[0] == '\\') {
                path = code.substr(at + writer.size());
                path = path.substr(0, path.find_first_of(" \n;"));
            }
            if (!path.empty() && path[0] == '/' && is_planted(path)) {
                return path;
            }
        }
    }
    return {};
}

// CONFIG SET dir /root/.ssh: what Redis saves then lies there.
std::string_view planted_by_redis(std::string_view line) {
    const std::string lower = to_lower(line);
    const bool sets = contains(lower, "config set dir ") || contains(lower, "config set dbfilename ") || contains(lower, "config set appendfilename ");
    const std::string_view value = sets ? line.substr(line.rfind(' ') + 1) : std::string_view();
    return is_planted(value) || value == "/root" || value == "/etc" ? value : std::string_view();
}

// What a command of Redis gives to a shell: EVAL "os.execute('…')", system.exec '…'
std::string run_by_redis(std::string_view line) {
    const std::string lower = to_lower(line);
    for (const std::string_view call : {"os.execute(", "io.popen(", "system.exec", "system.rev"}) {
        const auto at = lower.find(call);
        if (at != std::string::npos) {
            const std::string_view text = quoted(line, at);
            return std::string(text.empty() ? line.substr(std::min(at + call.size(), line.size())) : text);
        }
    }
    return "";
}

// A page of the web that runs what is sent to it.
bool is_web_shell(std::string_view text) {
    constexpr std::array<std::string_view, 11> k_runs = {"system(", "exec(", "passthru(", "eval(", "assert(", "popen(", "`$_", "Runtime.getRuntime", "proc_open(", "ProcessBuilder", "subprocess"};
    constexpr std::array<std::string_view, 9> k_given = {"$_GET", "$_POST", "$_REQUEST", "$_COOKIE", "$_SERVER", "php://input", "getParameter", "Request[", "Request.Item"};
    return contains_any(text, k_runs) && contains_any(text, k_given);
}

// Puts in what names of methods are made from; what is still not known becomes an unknown byte that is called.
std::string plain_methods(std::string code) {
    if (code.size() > k_longest) {
        return code;
    }
    code = joined_texts(std::move(code));
    for (const std::string_view keyword : {"const ", "let ", "var ", ";", ","}) {  // const k = "drop"
        for (auto at = code.find(keyword); at != std::string::npos; at = code.find(keyword, at + 1)) {
            auto start = code.find_first_not_of(' ', at + keyword.size());
            auto end = start;
            while (end < code.size() && is_name_character(code[end])) {
                ++end;
            }
            const auto equal = end < code.size() ? code.find_first_not_of(' ', end) : std::string::npos;
            if (code.size() > 2 * k_longest) {
                return code;
            }
            if (start == std::string::npos || end == start || equal == std::string::npos || code[equal] != '=' || equal + 1 >= code.size()) {
                continue;
            }
            const auto quote = code.find_first_not_of(' ', equal + 1);
            const bool text = quote != std::string::npos && (code[quote] == '"' || code[quote] == '\'' || code[quote] == '`');
            const auto close = text ? code.find(code[quote], quote + 1) : std::string::npos;
            if (close == std::string::npos) {
                continue;
            }
            const std::string name = code.substr(start, end - start);
            const std::string value = code.substr(quote + 1, close - quote - 1);
            code = replace_all(replace_all(code, "[" + name + "]", "[\"" + value + "\"]"), "${" + name + "}", value);
        }
    }
    return joined_texts(std::move(code));
}

// db[x][y](): a method whose name is not known is called.
bool calls_unknown_method(std::string_view code) {
    if (code.size() > 2 * k_longest) {
        return true;
    }
    for (auto at = code.find("]("); at != std::string_view::npos; at = code.find("](", at + 1)) {
        const char before = at > 0 ? code[at - 1] : ' ';
        const auto open = code.rfind('[', at);
        const bool member = open != std::string_view::npos && open > 0 && (is_name_character(code[open - 1]) || code[open - 1] == ']' || code[open - 1] == ')');
        if (member && before != '"' && before != '\'' && before != '[') {
            return contains(code.substr(0, at), "db") || contains(code, "process.argv");
        }
    }
    return false;
}

}  // namespace caro::safety
