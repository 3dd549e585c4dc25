// What functions make of known values, by their names; these hardly differ between languages.
#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>

#include "safety/inline_eval.hpp"
#include "shell/filters.hpp"
#include "shell/inflate.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

using Value = std::optional<CodeValue>;
using Values = std::vector<CodeValue>;
using Kind = CodeValue::Kind;

template <class List>
bool in(const List& list, std::string_view name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

std::string filtered(std::initializer_list<std::string_view> command, const std::string& input) {
    std::vector<shell::Word> words;
    for (const auto text : command) {
        words.emplace_back();
        words.back().text = text;
    }
    return shell::output_of(words, input).value_or("");
}

std::string utf8(long number) {
    std::string made;
    if (number >= 0 && number < 128) {
        made += static_cast<char>(number);
    } else if (number < 0x800) {
        made += static_cast<char>(0xC0 | (number >> 6));
        made += static_cast<char>(0x80 | (number & 0x3F));
    } else {
        made = "?";
    }
    return made;
}

CodeValue list_value(Values items) {
    CodeValue made;
    made.kind = Kind::list;
    made.items = std::move(items);
    return made;
}

Values elements(const CodeValue& value) {
    if (value.kind == Kind::list) {
        return value.items;
    }
    Values made;
    for (const char c : value.text) {
        made.push_back(text_value(std::string(1, c)));
    }
    return made;
}

Values bytes_of(const CodeValue& value) {
    Values made;
    for (const auto& one : elements(value)) {
        made.push_back(one.kind == Kind::number ? one : number_value(one.text.empty() ? 0 : static_cast<unsigned char>(one.text[0])));
    }
    return made;
}

long as_number(const CodeValue& value, int base) {
    return value.kind == Kind::number ? value.number : std::strtol(value.text.c_str(), nullptr, base);
}

// Characters of numbers; texts stay.
std::string characters(const Values& values) {
    std::string made;
    for (const auto& value : values) {
        made += value.kind == Kind::number ? utf8(value.number) : value.kind == Kind::list ? characters(value.items) : value.text;
    }
    return made;
}

std::string joined(const Values& values, const std::string& between) {
    std::string made;
    for (std::size_t i = 0; i < values.size() && made.size() < 20000; ++i) {
        made += (i > 0 ? between : "") + as_text(values[i]);
    }
    return made;
}

Values split_at(const std::string& text, const std::string& separator) {
    Values made;
    if (separator.empty()) {
        return elements(text_value(text));
    }
    for (std::size_t at = 0; at <= text.size();) {
        const auto end = std::min(text.find(separator, at), text.size());
        const std::string part = text.substr(at, end - at);
        if (separator != " " || !part.empty()) {
            made.push_back(text_value(part));
        }
        at = end + separator.size();
    }
    return made;
}

// %s, %d, %c, %x, {}, {0}, {name}
std::string formatted(const std::string& format, const Values& given) {
    std::string made;
    std::size_t next = 0;
    for (std::size_t i = 0; i < format.size(); ++i) {
        const char c = format[i];
        if (c == '%' && i + 1 < format.size() && format[i + 1] == '%') {
            made += '%';
            ++i;
            continue;
        }
        const auto kind = c == '%' ? format.find_first_of("sdicxouqa@", i + 1) : std::string::npos;
        const auto brace = c == '{' ? format.find('}', i) : std::string::npos;
        if (kind != std::string::npos && kind - i < 6 && next < given.size()) {
            const CodeValue& value = given[next++];
            made += format[kind] == 'c' && value.kind == Kind::number ? utf8(value.number) : as_text(value);
            i = kind;
        } else if (brace != std::string::npos) {
            const std::string name = format.substr(i + 1, brace - i - 1);
            const bool digit = name.size() == 1 && std::isdigit(static_cast<unsigned char>(name[0])) != 0;
            const std::size_t which = digit ? static_cast<std::size_t>(name[0] - '0') : next++;
            made += which < given.size() ? as_text(given[which]) : std::string(1, shell::Word::k_unknown);
            i = brace;
        } else {
            made += c;
        }
    }
    return made;
}

std::string range_of(const std::string& set) {
    std::string made;
    for (std::size_t i = 0; i < set.size(); ++i) {
        if (i + 2 < set.size() && set[i + 1] == '-' && set[i] <= set[i + 2]) {
            for (int c = set[i]; c <= set[i + 2]; ++c) {
                made += static_cast<char>(c);
            }
            i += 2;
        } else {
            made += set[i];
        }
    }
    return made;
}

std::string translated(const std::string& text, const std::string& from_set, const std::string& to_set) {
    const std::string from = range_of(from_set);
    const std::string to = range_of(to_set);
    std::string made;
    for (const char c : text) {
        const auto at = from.find(c);
        if (at == std::string::npos) {
            made += c;
        } else if (!to.empty()) {
            made += to[std::min(at, to.size() - 1)];
        }
    }
    return made;
}

std::string in_case(std::string text, bool up) {
    std::transform(text.begin(), text.end(), text.begin(), [up](unsigned char c) { return static_cast<char>(up ? std::toupper(c) : std::tolower(c)); });
    return text;
}

std::string unhexed(const std::string& text) { return filtered({"xxd", "-r", "-p"}, text); }
std::string rotated(const std::string& text) { return filtered({"tr", "A-Za-z", "N-ZA-Mn-za-m"}, text); }

// Texts that are put together, taken apart, turned.
Value shaped(const std::string& name, const Values& a, bool method, std::string_view language) {
    const std::string first = as_text(a[0]);
    const auto text = [&](std::size_t i) { return i < a.size() ? as_text(a[i]) : std::string(); };
    if (name == "join" || name == "implode" || name == "join_str") {
        if (language == "lua" || (!method && a.size() > 1 && a[1].kind != Kind::list && a[0].kind != Kind::list)) {
            return text_value(joined({a.begin() + 1, a.end()}, first));  // join("", "r", "m")
        }
        if (a[0].kind == Kind::list || (method && language == "ruby")) {
            return text_value(joined(a[0].kind == Kind::list ? a[0].items : split_at(first, " "), language == "node" && a.size() == 1 ? "," : text(1)));
        }
        return a.size() > 1 ? Value(text_value(joined(elements(a[1]), first))) : a.size() == 1 ? Value(text_value(joined(elements(a[0]), ""))) : std::nullopt;
    }
    if (name == "concat" && a[0].kind == Kind::list && language != "lua") {
        Values all = a[0].items;
        for (std::size_t i = 1; i < a.size(); ++i) {
            const Values more = a[i].kind == Kind::list ? a[i].items : Values{a[i]};
            all.insert(all.end(), more.begin(), more.end());
        }
        return list_value(std::move(all));
    }
    if (name == "sort" || name == "sorted") {
        Values items = a.size() == 1 ? elements(a[0]) : a;
        if (!std::all_of(items.begin(), items.end(), [](const CodeValue& item) { return item.kind == Kind::text; })) {
            return std::nullopt;
        }
        std::stable_sort(items.begin(), items.end(), [](const CodeValue& one, const CodeValue& other) { return one.text < other.text; });
        return list_value(std::move(items));
    }
    if (name == "concat") {
        const bool table = language == "lua";
        return text_value(table ? joined(elements(a[0]), text(1)) : joined(a, ""));
    }
    if (name == "strcat" || name == "paste0" || name == "string") {
        return text_value(a.size() == 1 ? characters(elements(a[0])) : joined(a, ""));
    }
    if (name == "paste") {
        return text_value(joined(a.size() == 1 ? elements(a[0]) : a, " "));
    }
    if (name == "reverse" || name == "reversed" || name == "strrev" || name == "array_reverse" || name == "rev") {
        if (a[0].kind == Kind::list) {
            Values items = a[0].items;
            std::reverse(items.begin(), items.end());
            return list_value(std::move(items));
        }
        if (a.size() > 1) {
            return list_value({a.rbegin(), a.rend()});
        }
        return text_value({first.rbegin(), first.rend()});
    }
    return std::nullopt;
}

// A part of a text: substr, substring, slice, sub of Lua.
Value taken(const std::string& name, const Values& a, std::string_view language) {
    const bool asked = (name == "substr" || name == "substring" || name == "slice" || (name == "sub" && language == "lua")) && a.size() > 1 && a[0].kind == Kind::text;
    if (!asked) {
        return std::nullopt;
    }
    const std::string first = as_text(a[0]);
    const auto number = [&](std::size_t i) { return i < a.size() ? as_number(a[i], 10) : 0; };
    const long size = static_cast<long>(first.size());
    const bool from_one = language == "lua" || language == "r";
    long from = number(1) - (from_one && number(1) > 0 ? 1 : 0);
    from = std::clamp(from < 0 ? from + size : from, 0L, size);
    const bool by_end = from_one || name == "substring" || (name == "slice" && language == "node");
    if (name == "substring" && a.size() > 2 && number(2) < number(1)) {
        return std::nullopt;
    }
    long end = a.size() < 3 ? size : by_end ? (number(2) < 0 ? number(2) + size + (from_one ? 1 : 0) : number(2)) : from + number(2);
    end = std::clamp(end, from, size);
    return text_value(first.substr(static_cast<std::size_t>(from), static_cast<std::size_t>(end - from)));
}

// Texts taken apart, and parts of them put in the place of others.
Value edited(const std::string& name, const Values& a, bool method, std::string_view language) {
    const std::string first = as_text(a[0]);
    const auto text = [&](std::size_t i) { return i < a.size() ? as_text(a[i]) : std::string(); };
    const auto number = [&](std::size_t i) { return i < a.size() ? as_number(a[i], 10) : 0; };
    if (name == "split" || name == "explode" || name == "str_split" || name == "strsplit") {
        const bool separator_first = !method && (name == "explode" || language == "perl");
        if (a.size() == 1) {
            return list_value(name == "str_split" ? elements(a[0]) : split_at(first, " "));
        }
        return list_value(split_at(separator_first ? text(1) : first, separator_first ? first : a[1].kind == Kind::number ? "" : text(1)));
    }
    if (name == "bytes" || name == "codepoints" || name == "each_byte" || name == "unpack_bytes" || name == "charCodes" || name == "utf8ToInt" || name == "charToRaw") {
        return list_value(bytes_of(a[0]));
    }
    if (name == "chars" || name == "each_char" || name == "toCharArray" || name == "list" || name == "toList" || name == "collect_chars" || name == "graphemes" || name == "tolist") {
        return list_value(elements(a[0]));
    }
    if ((name == "replace" || name == "replaceAll" || name == "gsub" || name == "sub") && a.size() > 2 && language != "r" && !(language == "lua" && name == "sub")) {
        const auto at = first.find(text(1));
        if (language == "node" && name == "replace" && at != std::string::npos && first.find(text(1), at + 1) != std::string::npos) {
            return std::nullopt;  // only the first, unless it is a pattern with g
        }
        return text(1).empty() ? a[0] : text_value(replace_all(first, replace_all(text(1), "%", ""), text(2)));
    }
    if ((name == "str_replace" || (language == "r" && (name == "gsub" || name == "sub"))) && a.size() > 2) {
        return first.empty() ? a[2] : text_value(replace_all(text(2), first, text(1)));
    }
    if ((name == "tr" || name == "strtr" || name == "chartr") && a.size() > 2) {
        return name == "chartr" ? text_value(translated(text(2), first, text(1))) : text_value(translated(first, text(1), text(2)));
    }
    if (name == "maketrans" && a.size() > 1) {
        return list_value({a[a.size() - 2], a[a.size() - 1]});
    }
    if (name == "translate" && a.size() > 1 && a[1].kind == Kind::list && a[1].items.size() == 2) {
        return text_value(translated(first, as_text(a[1].items[0]), as_text(a[1].items[1])));
    }
    if (name == "delete" && method && a.size() == 2) {
        return text_value(translated(first, text(1), ""));
    }
    if ((name == "repeat" || name == "str_repeat" || name == "rep" || name == "strrep") && a.size() > 1) {
        std::string made;
        for (long i = 0; i < number(1) && made.size() < 20000; ++i) {
            made += first;
        }
        return text_value(made);
    }
    if (Value made = taken(name, a, language)) {
        return made;
    }
    if (name == "first" || name == "shift") {
        return a[0].kind == Kind::list && !a[0].items.empty() ? Value(a[0].items[0]) : std::nullopt;
    }
    if (name == "sprintf" || name == "format" || name == "vsprintf" || name == "printf") {
        return text_value(formatted(first, {a.begin() + 1, a.end()}));
    }
    return std::nullopt;
}

// Numbers and characters.
Value counted(const std::string& name, const Values& a, bool method, std::string_view language) {
    const std::string first = as_text(a[0]);
    if (name == "chr" || name == "Char" || name == "char" || name == "fromCharCode" || name == "fromCodePoint" || name == "intToUtf8" || name == "rawToChar" || name == "mb_chr") {
        return text_value(characters(a));
    }
    if (name == "ord" || name == "codePointAt" || name == "charCodeAt" || name == "byte" || name == "mb_ord" || name == "asc") {
        const long at = a.size() > 1 ? as_number(a[1], 10) - (language == "lua" ? 1 : 0) : 0;
        return a[0].kind == Kind::text && at >= 0 && at < static_cast<long>(first.size()) ? Value(number_value(static_cast<unsigned char>(first[static_cast<std::size_t>(at)]))) : std::nullopt;
    }
    if (name == "int" || name == "parseInt" || name == "Integer" || name == "to_i" || name == "tonumber" || name == "Number" || name == "intval" || name == "strtoi" || name == "parse") {
        return number_value(as_number(a[0], a.size() > 1 && as_number(a[1], 10) > 1 ? static_cast<int>(std::min(36L, as_number(a[1], 10))) : 10));
    }
    if (name == "hex" || name == "hexdec") {
        return a[0].kind == Kind::text && !method ? Value(number_value(std::strtol(first.c_str(), nullptr, 16))) : std::nullopt;
    }
    if (name == "oct" || name == "octdec" || name == "bindec") {
        return number_value(std::strtol(first.c_str(), nullptr, name == "bindec" ? 2 : 8));
    }
    if (name == "succ" || name == "next" || name == "pred") {
        const long step = name == "pred" ? -1 : 1;
        return a[0].kind == Kind::number ? Value(number_value(a[0].number + step)) : first.size() == 1 ? Value(text_value(std::string(1, static_cast<char>(first[0] + step)))) : std::nullopt;
    }
    if (name == "length" || name == "len" || name == "size" || name == "count" || name == "strlen") {
        return number_value(static_cast<long>(a[0].kind == Kind::list ? a[0].items.size() : first.size()));
    }
    if (name == "pack") {
        const Values rest(a.begin() + 1, a.end());
        const std::string format = method && a.size() > 1 ? as_text(a[1]) : first;
        const Values values = method ? elements(a[0]) : rest;
        return starts_with(format, "H") && !values.empty() ? Value(text_value(unhexed(as_text(values[0]))))
               : starts_with(format, "m") || starts_with(format, "u") ? std::nullopt : Value(text_value(characters(values)));
    }
    if ((name == "unpack" || name == "unpack1") && a.size() > 1) {
        const std::string format = as_text(a[method ? 1 : 0]);
        const std::string value = method ? first : as_text(a[1]);
        return starts_with(format, "m") ? Value(text_value(shell::decoded_base64(value)))
               : starts_with(format, "C") || starts_with(format, "c") || starts_with(format, "U") ? Value(list_value(bytes_of(text_value(value)))) : std::nullopt;
    }
    return std::nullopt;
}

// Encodings.
Value decoded(const std::string& name, const Values& a) {
    constexpr std::array<std::string_view, 14> k_base64 = {"b64decode", "atob", "base64_decode", "decode64", "decode_base64", "urlsafe_b64decode", "standard_b64decode", "strict_decode64",
                                                           "decodebytes", "urlsafe_decode64", "base64decode", "decodeBase64", "b64_decode", "base64_dec"};
    constexpr std::array<std::string_view, 9> k_hex = {"fromhex", "unhexlify", "hex2bin", "a2b_hex", "hex2bytes", "decodeHex", "parseHex", "decode16", "hex_decode"};
    constexpr std::array<std::string_view, 12> k_percent = {"unquote", "unquote_plus", "urldecode", "rawurldecode", "decodeURIComponent", "decodeURI", "unescape", "uri_unescape", "URLdecode",
                                                            "decode_www_form_component", "unescapeURIComponent", "uri_decode"};
    const std::string first = as_text(a[0]);
    const std::string second = a.size() > 1 ? as_text(a[1]) : "";
    if (in(k_base64, name)) {
        return text_value(shell::decoded_base64(first));
    }
    if (in(k_hex, name)) {
        return text_value(unhexed(first));
    }
    if (in(k_percent, name)) {
        return text_value(form_decoded(first));
    }
    if (name == "str_rot13" || name == "rot13") {
        return text_value(rotated(first));
    }
    if (name == "decompress" || name == "inflate" || name == "gzuncompress" || name == "gzinflate" || name == "gzdecode" || name == "inflateSync" || name == "gunzipSync") {
        auto text = shell::inflated(first, shell::Wrapping::zlib);
        text = text ? text : shell::inflated(first, shell::Wrapping::gzip);
        text = text ? text : shell::inflated(first, shell::Wrapping::none);
        return text ? Value(text_value(*text)) : std::nullopt;
    }
    if (name == "b85decode" || name == "a85decode") {
        const auto text = decoded_85(first, name == "a85decode");
        return text ? Value(text_value(*text)) : std::nullopt;
    }
    if (name == "from" || name == "Buffer" || name == "decode" || name == "iconv") {
        if (second == "base64" || second == "base64url" || second == "base64_codec") {
            return text_value(shell::decoded_base64(first));
        }
        if (second == "hex" || second == "hex_codec") {
            return text_value(unhexed(first));
        }
        if (starts_with(second, "rot")) {
            return text_value(rotated(first));
        }
        return a[0].kind == Kind::list ? Value(text_value(characters(a[0].items))) : Value(a[0]);
    }
    return std::nullopt;
}

}  // namespace

CodeValue text_value(std::string text) {
    CodeValue value;
    value.text = std::move(text);
    return value;
}

CodeValue number_value(long number) {
    CodeValue value;
    value.kind = Kind::number;
    value.number = number;
    return value;
}

std::string as_text(const CodeValue& value) {
    if (value.kind != Kind::list) {
        return value.kind == Kind::number ? std::to_string(value.number) : value.text;
    }
    const bool words = std::any_of(value.items.begin(), value.items.end(), [](const CodeValue& item) { return item.kind == Kind::text && item.text.size() > 1; });
    if (!words) {
        return characters(value.items);
    }
    std::string made;
    for (const auto& item : value.items) {  // as words of a shell
        const std::string text = as_text(item);
        made += (made.empty() ? "" : " ") + (text == "~" ? text : "'" + replace_all(text, "'", "'\\''") + "'");
    }
    return made;
}

std::string form_decoded(std::string_view text) {
    return contains(text, "%") ? percent_decoded(replace_all(text, "+", " ")) : std::string(text);
}

Value called_value(const std::string& name, const Values& given, bool method, std::string_view language) {
    constexpr std::array<std::string_view, 40> k_same = {"escapeshellarg", "shellescape", "quote", "expand", "normalizePath", "path_expand", "str", "String", "to_s", "toString", "tostring", "encode", "strip", "trim", "chomp", "decode_utf8", "tobytes", "bytearray", "Uint8Array", "to_a", "tap",
                                                         "c", "list2", "array", "Array", "flatten", "values", "scalar", "as", "raw", "integer", "to_str", "itself", "utf8", "fsdecode", "expanduser", "abspath", "path", "Path", "Text"};
    constexpr std::array<std::string_view, 5> k_homes = {"homedir", "home", "user_home", "user_home!", "expand_home"};
    constexpr std::array<std::string_view, 7> k_environment = {"getenv", "get_env", "fetch_env!", "Getenv", "getProperty", "get", "fetch"};
    if (in(k_homes, name)) {
        return text_value("~");
    }
    if (given.empty()) {
        return std::nullopt;
    }
    const std::string first = as_text(given[0]);
    if (in(k_environment, name)) {
        return first == "HOME" || first == "user.home" || first == "USERPROFILE" ? Value(text_value("~")) : std::nullopt;
    }
    if (name == "getattr" && given.size() > 1) {
        return std::nullopt;
    }
    if (given.size() > 1 && (name == "c" || name == "list" || name == "Array" || name == "array" || name == "of") && !method) {
        return list_value(given);
    }
    for (const std::string_view prefix : {"lower", "toLower", "lc", "strtolower", "tolower", "downcase", "casefold", "lcfirst"}) {
        if (name == prefix || name == std::string(prefix) + "Case") {
            return text_value(in_case(first, false));
        }
    }
    for (const std::string_view prefix : {"upper", "toUpper", "uc", "strtoupper", "toupper", "upcase"}) {
        if (name == prefix || name == std::string(prefix) + "Case") {
            return text_value(in_case(first, true));
        }
    }
    if (Value made = decoded(name, given)) {
        return made;
    }
    if (Value made = counted(name, given, method, language)) {
        return made;
    }
    if (Value made = shaped(name, given, method, language)) {
        return made;
    }
    if (Value made = edited(name, given, method, language)) {
        return made;
    }
    if (given.size() > 1 && (name == "strip" || name == "trim" || name == "toString" || name == "to_s" || name == "tostring")) {
        return std::nullopt;  // of certain characters, in another base
    }
    if (in(k_same, name)) {
        return given[0].kind == Kind::list && name != "c" && name != "to_a" && name != "flatten" && name != "values" && name != "raw" && name != "integer" && name != "array" && name != "Array"
                   ? Value(text_value(as_text(given[0]))) : Value(given[0]);
    }
    return std::nullopt;
}

}  // namespace caro::safety
