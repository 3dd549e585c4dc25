// What the words of a request are worth when it is compared with another: endings, synonyms, names, and what is to be done.
#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "prompt/similar.hpp"
#include "util/strings.hpp"

namespace caro::prompt {

namespace {

// Words that nearly every request holds.
constexpr std::array<std::string_view, 89> k_empty = {
    "a", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "below", "by", "called", "can", "could",
    "current", "did", "do", "does", "entire", "every", "for", "from", "get", "give", "had", "has", "have", "here",
    "how", "i", "if", "in", "inside", "into", "is", "it", "its", "just", "let", "lie", "lies", "located", "me",
    "my", "named", "need", "of", "on", "or", "our", "out", "please", "should", "show", "so", "some", "stand",
    "stands", "tell", "that", "the", "their", "them", "then", "there", "these", "this", "those", "to", "under",
    "use", "using", "via", "want", "was", "were", "what", "which", "who", "whole", "whose", "will", "with",
    "within", "would", "you", "your"};

// Different words for one thing, as they are or after their endings are cut; the second of a pair is what counts.
constexpr std::array<std::pair<std::string_view, std::string_view>, 202> k_same = {{
    {"eight", "<number>"}, {"eighth", "<number>"}, {"fifth", "<number>"}, {"five", "<number>"}, {"four", "<number>"},
    {"fourth", "<number>"}, {"nine", "<number>"}, {"ninth", "<number>"}, {"seven", "<number>"},
    {"seventh", "<number>"}, {"six", "<number>"}, {"sixth", "<number>"}, {"ten", "<number>"}, {"tenth", "<number>"},
    {"third", "<number>"}, {"three", "<number>"}, {"two", "<number>"}, {"append", "add"}, {"insert", "add"},
    {"average", "averag"}, {"mean", "averag"}, {"spac", "blank"}, {"space", "blank"}, {"dangl", "brok"},
    {"change", "chang"}, {"edit", "chang"}, {"modifi", "chang"}, {"modify", "chang"}, {"touch", "chang"},
    {"updat", "chang"}, {"update", "chang"}, {"liv", "come"}, {"live", "come"}, {"compar", "compare"},
    {"archiv", "compress"}, {"archive", "compress"}, {"bundl", "compress"}, {"gzip", "compress"},
    {"pack", "compress"}, {"includ", "contain"}, {"include", "contain"}, {"mention", "contain"}, {"text", "content"},
    {"count", "count"}, {"counted", "count"}, {"many", "count"}, {"often", "count"}, {"delet", "delete"},
    {"discard", "delete"}, {"drop", "delete"}, {"dropp", "delete"}, {"erase", "delete"}, {"remov", "delete"},
    {"remove", "delete"}, {"strip", "delete"}, {"stripp", "delete"}, {"differenc", "differ"},
    {"difference", "differ"}, {"director", "dir"}, {"directory", "dir"}, {"dirs", "dir"}, {"folder", "dir"},
    {"subdirector", "dir"}, {"subdirectory", "dir"}, {"subfolder", "dir"}, {"different", "distinct"},
    {"distinct", "distinct"}, {"uniqu", "distinct"}, {"unique", "distinct"}, {"duplicate", "duplicat"},
    {"repeat", "duplicat"}, {"extension", "ending"}, {"suffix", "ending"}, {"decompress", "extract"},
    {"decompressed", "extract"}, {"uncompress", "extract"}, {"unpack", "extract"}, {"unpacked", "extract"},
    {"untar", "extract"}, {"unzip", "extract"}, {"column", "field"}, {"columns", "field"}, {"list", "find"},
    {"locate", "find"}, {"search", "find"}, {"common", "frequent"}, {"checksum", "hash"}, {"checksums", "hash"},
    {"hexadecimal", "hex"}, {"jpeg", "jpg"}, {"preserv", "keep"}, {"preserve", "keep"}, {"kilometr", "kilometer"},
    {"km", "kilometer"}, {"best", "large"}, {"big", "large"}, {"bigg", "large"}, {"bigger", "large"},
    {"biggest", "large"}, {"expensiv", "large"}, {"expensive", "large"}, {"greatest", "large"}, {"heaviest", "large"},
    {"highest", "large"}, {"hottest", "large"}, {"larger", "large"}, {"largest", "large"}, {"longest", "large"},
    {"max", "large"}, {"maximal", "large"}, {"maximum", "large"}, {"slowest", "large"}, {"top", "large"},
    {"warmest", "large"}, {"entri", "line"}, {"entry", "line"}, {"row", "line"}, {"symlink", "link"},
    {"lowercase", "lower"}, {"e-mail", "mail"}, {"email", "mail"}, {"emails", "mail"}, {"md5sum", "md5"},
    {"subject", "message"}, {"latest", "new"}, {"newer", "new"}, {"newest", "new"}, {"recent", "new"},
    {"recently", "new"}, {"but", "not"}, {"except", "not"}, {"exclud", "not"}, {"excluding", "not"},
    {"without", "not"}, {"value", "number"}, {"appear", "occur"}, {"happen", "occur"}, {"occurrenc", "occur"},
    {"occurrence", "occur"}, {"earliest", "old"}, {"older", "old"}, {"oldest", "old"}, {"percentage", "percent"},
    {"share", "percent"}, {"mode", "perm"}, {"permission", "perm"}, {"right", "perm"}, {"imag", "picture"},
    {"image", "picture"}, {"photo", "picture"}, {"display", "print"}, {"output", "print"}, {"screen", "print"},
    {"command", "program"}, {"quantiti", "qty"}, {"quantity", "qty"}, {"renam", "rename"}, {"replace", "replac"},
    {"substitut", "replac"}, {"substitute", "replac"}, {"turnover", "revenue"}, {"alike", "same"}, {"equal", "same"},
    {"identical", "same"}, {"sav", "save"}, {"stor", "save"}, {"store", "save"}, {"writ", "save"}, {"write", "save"},
    {"written", "save"}, {"sha1sum", "sha1"}, {"sha256sum", "sha256"}, {"sha512sum", "sha512"}, {"see", "show"},
    {"cheapest", "small"}, {"coldest", "small"}, {"fastest", "small"}, {"least", "small"}, {"lightest", "small"},
    {"lowest", "small"}, {"min", "small"}, {"minimal", "small"}, {"minimum", "small"}, {"shortest", "small"},
    {"smaller", "small"}, {"smallest", "small"}, {"worst", "small"}, {"youngest", "small"}, {"order", "sort"},
    {"orderd", "sort"}, {"audio", "sound"}, {"begin", "start"}, {"beginn", "start"}, {"total", "sum"},
    {"capital", "upper"}, {"uppercase", "upper"}, {"usage", "used"}, {"account", "user"}, {"everybody", "user"},
    {"people", "user"}, {"person", "user"}, {"somebody", "user"}}};

// Deeds that change something, or make another thing of it. Sorted, as all of these are.
constexpr std::array<std::string_view, 26> k_deeds = {
    "add", "chang", "comment", "commit", "compress", "convert", "copy", "creat", "decod", "delete", "download",
    "encod", "extract", "kill", "move", "quot", "rename", "replac", "save", "split", "stash", "stop", "swap", "tag",
    "tar", "zip"};

// What is to be done or found, so that a request with another of these is another task.
constexpr std::array<std::string_view, 51> k_tasks = {
    "add", "averag", "branch", "brok", "comment", "commit", "compress", "convert", "copy", "count", "decod",
    "delete", "distinct", "download", "duplicat", "encod", "executabl", "extract", "field", "hash", "header",
    "join", "kill", "large", "line", "lower", "median", "merg", "move", "new", "old", "percent", "quot", "random",
    "rename", "replac", "restor", "revers", "save", "small", "sort", "split", "stash", "stop", "sum", "swap", "tag",
    "tar", "unstag", "upper", "zip"};

// Checksums of all kinds are asked for in the same way.
constexpr std::array<std::string_view, 10> k_hashes = {"b2sum", "blake2", "cksum",  "crc",    "crc32",
                                                       "md5",   "sha1",   "sha224", "sha256", "sha512"};

// After "in", "below" and the like these are no names.
constexpr std::array<std::string_view, 105> k_no_name = {
    "a", "all", "alphabetical", "an", "and", "any", "are", "ascending", "at", "below", "binary", "both", "brackets",
    "by", "byte", "bytes", "c", "capital", "capitals", "case", "column", "columns", "common", "csv", "days",
    "descending", "detail", "dir", "directory", "double", "each", "every", "field", "file", "files", "folder",
    "folders", "for", "from", "front", "gb", "general", "git", "here", "hex", "hexadecimal", "his", "hours", "human",
    "in", "inside", "is", "it", "its", "java", "json", "kb", "kilobytes", "least", "line", "lines", "lower", "mb",
    "megabytes", "minutes", "most", "my", "not", "octal", "of", "on", "one", "or", "order", "owner", "parallel",
    "percent", "place", "python", "quotes", "random", "readable", "reverse", "seconds", "single", "square", "that",
    "the", "there", "these", "this", "three", "to", "total", "tsv", "two", "under", "upper", "user", "users", "utc",
    "which", "with", "within", "without"};

constexpr std::array<std::string_view, 10> k_before_name = {"below", "branch", "directory", "folder", "from", "in", "inside",
                                                            "repository", "under", "within"};

// Kinds of data that are worked on with different programs.
constexpr std::array<std::string_view, 12> k_kinds = {".bz2", ".csv", ".gz",  ".ini", ".json", ".jsonl",
                                                      ".log", ".md",  ".tar", ".tsv", ".xz",   ".zip"};

template <std::size_t N>
bool holds(const std::array<std::string_view, N>& sorted, std::string_view word) {
    return std::binary_search(sorted.begin(), sorted.end(), word);
}

// What a word is counted as.
std::string counted_as(std::string word) {
    const auto same_as = [](std::string_view text) -> std::string_view {
        const auto* found = std::find_if(k_same.begin(), k_same.end(), [text](const auto& pair) { return pair.first == text; });
        return found == k_same.end() ? std::string_view() : found->second;
    };
    const std::string whole = word;
    const auto cut = [&word](std::string_view ending, std::size_t least) {
        if (word.size() >= least + ending.size() && std::string_view(word).ends_with(ending)) {
            word.resize(word.size() - ending.size());
            return true;
        }
        return false;
    };
    if (!cut("ing", 4) && !cut("ies", 4) && !cut("ed", 4) && !cut("es", 4) && !word.ends_with("ss")) {
        cut("s", 3);
    }
    for (const std::string& text : {word, whole}) {
        if (const auto same = same_as(text); !same.empty()) {
            return std::string(same);
        }
    }
    return word;
}

bool is_word_byte(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || std::isalnum(byte) != 0;
}

// ".csv" of "data/*.csv"; "" if there is no such ending.
std::string ending_of(std::string_view word) {
    const std::size_t dot = word.rfind('.');
    if (dot == std::string_view::npos || dot + 1 == word.size() || word.size() - dot > 6 ||
        !std::all_of(word.begin() + static_cast<std::ptrdiff_t>(dot) + 1, word.end(), is_word_byte)) {
        return "";
    }
    return std::string(word.substr(dot));
}

void add_word(std::string_view raw, std::string_view before, std::vector<std::string>& out) {
    if (raw.find('/') != std::string_view::npos || raw.find('.') != std::string_view::npos || raw.front() == '~') {
        out.emplace_back("<name>");
        if (std::string ending = ending_of(raw); !ending.empty()) {
            out.push_back(std::move(ending));
        }
        return;
    }
    if (std::isdigit(static_cast<unsigned char>(raw.front())) != 0) {
        out.emplace_back("<number>");
        if (raw.starts_with("0x")) {
            out.emplace_back("hex");
        }
        return;
    }
    if (names_place(before, raw)) {
        out.emplace_back("<name>");
        return;
    }
    std::string word;
    const auto end = [&] {
        if (!word.empty() && !holds(k_empty, word)) {
            out.push_back(counted_as(word));
            if (holds(k_hashes, out.back())) {
                out.emplace_back("hash");
            }
        }
        word.clear();
    };
    for (const char c : raw) {
        if (is_word_byte(c)) {
            word.push_back(c);
        } else if (c != '\'' && c != '_') {
            end();
        }
    }
    end();
}

}  // namespace

bool names_place(std::string_view before, std::string_view word) { return holds(k_before_name, before) && !holds(k_no_name, word); }

bool is_deed(std::string_view term) { return holds(k_deeds, term); }

bool is_task(std::string_view term) { return holds(k_tasks, term); }

bool is_kind(std::string_view term) { return holds(k_kinds, term); }

std::vector<std::string> terms_of(std::string_view text) {
    std::vector<std::string> out;
    const std::string lower = to_lower(text);
    std::string_view before;
    std::size_t at = 0;
    while (at < lower.size()) {
        const std::size_t space = std::min(lower.find_first_of(" \t\n\"`(", at), lower.size());
        std::string_view raw = std::string_view(lower).substr(at, space - at);
        at = space + 1;
        while (!raw.empty() && std::string_view(".,;:?!)]}").find(raw.back()) != std::string_view::npos) {
            raw.remove_suffix(1);
        }
        if (raw.empty()) {
            continue;
        }
        // "number of lines" is a count, "number the lines" is not.
        const bool counts = (raw == "number" || raw == "amount") && std::string_view(lower).substr(std::min(at, lower.size())).starts_with("of ");
        const bool of_hash = raw == "sums" && !out.empty() && out.back() == "hash";  // "md5 sums" are nothing that is added up
        if (!of_hash) {
            add_word(counts ? "count" : raw, before, out);
        }
        before = raw;
    }
    return out;
}

}  // namespace caro::prompt
