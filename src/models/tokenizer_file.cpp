#include "models/tokenizer_file.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "util/file.hpp"
#include "util/utf8.hpp"

namespace caro::models {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::uint64_t k_largest_file = 256U << 20U;
constexpr std::string_view k_block = "\xe2\x96\x81";  // U+2581, SentencePiece's space

tl::unexpected<Error> bad(std::string message) {
    return fail(ErrorCode::bad_model, fmt::format("tokenizer.json: {}", message),
                "caro reads byte-level and SentencePiece BPE tokenizers; look for a GGUF file of this model");
}

const json& at(const json& object, const char* key) {
    static const json k_null;
    return object.is_object() && object.contains(key) ? object[key] : k_null;
}

std::string text_at(const json& object, const char* key) {
    const json& value = at(object, key);
    return value.is_string() ? value.get<std::string>() : "";
}

bool flag_at(const json& object, const char* key, bool otherwise = false) {
    const json& value = at(object, key);
    return value.is_boolean() ? value.get<bool>() : otherwise;
}

// The parts of a "Sequence" of any depth, or the thing itself.
void flatten(const json& item, const char* list, std::vector<const json*>& parts, int depth = 0) {
    if (item.is_null() || depth > 4) {
        return;
    }
    if (text_at(item, "type") != "Sequence") {
        parts.push_back(&item);
        return;
    }
    for (const auto& part : at(item, list)) {
        flatten(part, list, parts, depth + 1);
    }
}

std::vector<const json*> parts_of(const json& item, const char* list) {
    std::vector<const json*> parts;
    flatten(item, list, parts);
    return parts;
}

struct SplitRow {
    std::string_view regex;
    std::string_view name;
};

// Expressions as published with the models, and what the engine calls them.
constexpr SplitRow k_splits[] = {
    {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)", "qwen2"},
    {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
     "llama-bpe"},
};

std::string split_rule_of(const json& item) {
    const auto parts = parts_of(item, "pretokenizers");
    if (parts.empty() || text_at(*parts.back(), "type") != "ByteLevel" || flag_at(*parts.back(), "add_prefix_space")) {
        return "";
    }
    const bool own_regex = flag_at(*parts.back(), "use_regex", true);
    const json& first = *parts.front();
    if (parts.size() == 1) {
        return own_regex ? "gpt-2" : "";
    }
    if (parts.size() != 2) {
        return "";
    }
    if (text_at(first, "type") == "Digits" && flag_at(first, "individual_digits") && own_regex) {
        return "smollm";
    }
    if (text_at(first, "type") == "Split" && text_at(first, "behavior") == "Isolated" && !flag_at(first, "invert") && !own_regex) {
        const std::string regex = text_at(at(first, "pattern"), "Regex");
        const auto* const row = std::find_if(std::begin(k_splits), std::end(k_splits), [&](const auto& r) { return r.regex == regex; });
        return row == std::end(k_splits) ? "" : std::string(row->name);
    }
    return "";
}

// What SentencePiece's way of spaces looks like in this format.
bool has_blocks(const json& file) {
    for (const json* part : parts_of(at(file, "normalizer"), "normalizers")) {
        if (text_at(*part, "type") == "Replace" && text_at(*part, "content") == k_block) {
            return true;
        }
    }
    for (const json* part : parts_of(at(file, "pre_tokenizer"), "pretokenizers")) {
        if (text_at(*part, "type") == "Metaspace") {
            return true;
        }
    }
    return false;
}

bool adds_space(const json& file) {
    for (const json* part : parts_of(at(file, "normalizer"), "normalizers")) {
        if (text_at(*part, "type") == "Prepend") {
            return true;
        }
    }
    for (const json* part : parts_of(at(file, "pre_tokenizer"), "pretokenizers")) {
        if (text_at(*part, "type") == "Metaspace") {
            return text_at(*part, "prepend_scheme") != "never" && flag_at(*part, "add_prefix_space", true);
        }
    }
    return false;
}

// Normal forms change bytes before the tokenizer; only that which leaves ordinary text alone is accepted.
bool normalizes_gently(const json& normalizer) {
    const auto parts = parts_of(normalizer, "normalizers");
    return std::all_of(parts.begin(), parts.end(), [](const json* part) { return text_at(*part, "type") == "NFC"; });
}

// Which token an entry of tokenizer_config.json means: a text, or an object with one.
std::string token_named(const json& config, const char* key) {
    const json& value = at(config, key);
    return value.is_string() ? value.get<std::string>() : text_at(value, "content");
}

class TokenizerReader {
  public:
    TokenizerReader(const json& file, const json& config, std::uint32_t vocabulary)
        : m_file(file), m_config(config), m_vocabulary(vocabulary) {}

    Result<TokenizerData> read() {
        TRY(read_kind());
        TRY(read_vocabulary());
        TRY(read_merges());
        read_specials();
        return std::move(m_data);
    }

  private:
    Result<> read_kind();
    Result<> read_vocabulary();
    Result<> put(const std::string& text, const json& number, TokenKind kind);
    Result<> read_merges();
    void read_specials();
    bool template_adds(const std::optional<std::uint32_t>& token, bool front) const;
    std::optional<std::uint32_t> number_of(const std::string& token) const {
        const auto found = m_numbers.find(token);
        return found == m_numbers.end() ? std::nullopt : std::optional(found->second);
    }

    const json& m_file;
    const json& m_config;
    std::uint32_t m_vocabulary;
    std::map<std::string, std::uint32_t> m_numbers;
    TokenizerData m_data;
};

Result<> TokenizerReader::read_kind() {
    const json& model = at(m_file, "model");
    const std::string type = text_at(model, "type");
    if ((!type.empty() && type != "BPE") || !at(model, "vocab").is_object() || !at(model, "merges").is_array()) {
        return bad("it is no BPE tokenizer");
    }
    if (!text_at(model, "continuing_subword_prefix").empty() || !text_at(model, "end_of_word_suffix").empty()) {
        return bad("its words have marks that caro does not know");
    }
    if (flag_at(model, "byte_fallback") && has_blocks(m_file)) {
        m_data.model = "llama";
        m_data.split = "default";
        m_data.adds_space = adds_space(m_file);
        return {};
    }
    m_data.model = "gpt2";
    m_data.split = split_rule_of(at(m_file, "pre_tokenizer"));
    if (m_data.split.empty()) {
        return bad("it splits words by a rule that caro does not know");
    }
    if (!normalizes_gently(at(m_file, "normalizer"))) {
        return bad("it changes the text in a way that caro does not know");
    }
    // The engine looks whole words up first with that one rule only.
    if (flag_at(model, "ignore_merges") != (m_data.split == "llama-bpe")) {
        return bad("its way of joining pieces (ignore_merges) is not that of its word splitting");
    }
    return {};
}

Result<> TokenizerReader::put(const std::string& text, const json& number, TokenKind kind) {
    if (!number.is_number_unsigned() || number.get<std::uint64_t>() >= m_vocabulary) {
        return bad("a token has a number beyond the vocabulary in config.json");
    }
    const auto place = number.get<std::size_t>();
    if (text.find('\0') != std::string::npos) {
        return bad("a token has a NUL byte");
    }
    if (!m_data.tokens[place].empty() && m_data.tokens[place] != text) {
        return bad(fmt::format("two tokens have the number {}", place));
    }
    m_data.tokens[place] = text;
    m_data.kinds[place] = text.empty() ? TokenKind::unused : kind;
    m_numbers[text] = static_cast<std::uint32_t>(place);
    return {};
}

bool is_byte_token(const std::string& text) {
    return text.size() == 6 && text.compare(0, 3, "<0x") == 0 && text.back() == '>';
}

// Tokens such as <|im_start|>: never part of ordinary text, also where the file does not call them special.
bool looks_special(const std::string& text) {
    return (text.size() > 4 && text.compare(0, 2, "<|") == 0 && text.compare(text.size() - 2, 2, "|>") == 0);
}

Result<> TokenizerReader::read_vocabulary() {
    m_data.tokens.resize(m_vocabulary);
    m_data.kinds.assign(m_vocabulary, TokenKind::unused);
    const bool blocks = m_data.model == "llama";
    const std::string unknown = text_at(at(m_file, "model"), "unk_token");
    for (const auto& [text, number] : at(at(m_file, "model"), "vocab").items()) {
        const TokenKind kind = !blocks                   ? TokenKind::normal
                               : text == unknown         ? TokenKind::unknown
                               : is_byte_token(text)     ? TokenKind::byte
                                                         : TokenKind::normal;
        TRY(put(text, number, kind));
    }
    const json& added = at(m_file, "added_tokens");
    for (const auto& token : added) {
        std::string text = text_at(token, "content");
        const bool control = flag_at(token, "special") || looks_special(text);
        TRY(put(text, at(token, "id"), blocks && text == unknown ? TokenKind::unknown
                                       : control                 ? TokenKind::control
                                                                 : TokenKind::user_defined));
    }
    for (std::size_t i = 0; i < m_data.tokens.size(); ++i) {
        if (m_data.tokens[i].empty()) {
            m_data.tokens[i] = fmt::format("[PAD{}]", i);
        }
    }
    return {};
}

Result<> TokenizerReader::read_merges() {
    const bool blocks = m_data.model == "llama";
    std::vector<float> scores(blocks ? m_vocabulary : 0, -1e9F);
    float rank = 0;
    for (const auto& merge : at(at(m_file, "model"), "merges")) {
        std::string left, right;
        if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
            left = merge[0].get<std::string>();
            right = merge[1].get<std::string>();
        } else if (merge.is_string()) {
            const auto text = merge.get<std::string>();
            const auto space = text.find(' ', 1);
            left = text.substr(0, space);
            right = space == std::string::npos ? "" : text.substr(space + 1);
        }
        const auto joined = number_of(left + right);
        if (left.empty() || right.empty() || (!blocks && left.find(' ') != std::string::npos) || !joined) {
            return bad("a merge is damaged, or makes a token that is not in the vocabulary");
        }
        if (!blocks) {
            m_data.merges.push_back(left + " " + right);
        } else if (scores[*joined] < -1e8F) {
            scores[*joined] = -rank;
        }
        rank += 1;
    }
    m_data.scores = std::move(scores);
    return {};
}

// True if the post-processor puts this token at the front (or the end) of every text.
bool TokenizerReader::template_adds(const std::optional<std::uint32_t>& token, bool front) const {
    for (const json* part : parts_of(at(m_file, "post_processor"), "processors")) {
        const json& single = at(*part, "single");
        if (text_at(*part, "type") == "TemplateProcessing" && single.is_array() && !single.empty()) {
            const std::string name = text_at(at(front ? single.front() : single.back(), "SpecialToken"), "id");
            return !name.empty() && token && number_of(name) == token;
        }
    }
    return false;
}

void TokenizerReader::read_specials() {
    m_data.begin = number_of(token_named(m_config, "bos_token"));
    m_data.end = number_of(token_named(m_config, "eos_token"));
    m_data.padding = number_of(token_named(m_config, "pad_token"));
    m_data.unknown = number_of(token_named(m_config, "unk_token"));
    m_data.adds_begin = m_data.begin && flag_at(m_config, "add_bos_token", template_adds(m_data.begin, true));
    m_data.adds_end = m_data.end && flag_at(m_config, "add_eos_token", template_adds(m_data.end, false));
}

// A template may be a text, or several with names, of which "default" is the one for talking.
std::string chat_template_of(const json& config) {
    const json& value = at(config, "chat_template");
    if (value.is_string()) {
        return value.get<std::string>();
    }
    if (value.is_array()) {
        for (const auto& named : value) {
            if (text_at(named, "name") == "default") {
                return text_at(named, "template");
            }
        }
    }
    return "";
}

Result<json> object_of(std::string_view text, const char* name) {
    json parsed = json::parse(text, nullptr, false);
    if (!parsed.is_object()) {
        return fail(ErrorCode::bad_model, fmt::format("{} is no JSON object", name), "The folder is damaged: get it again");
    }
    return parsed;
}

}  // namespace

std::string split_rule(std::string_view pre_tokenizer) {
    return split_rule_of(json::parse(pre_tokenizer, nullptr, false));
}

Result<TokenizerData> parse_tokenizer(std::string_view tokenizer, std::string_view config, std::uint32_t vocabulary) {
    TRY_ASSIGN(const json file, object_of(tokenizer, "tokenizer.json"));
    json settings;
    if (!config.empty()) {
        TRY_ASSIGN(settings, object_of(config, "tokenizer_config.json"));
    }
    TRY_ASSIGN(auto data, TokenizerReader(file, settings, vocabulary).read());
    data.chat_template = chat_template_of(settings);
    return data;
}

Result<TokenizerData> read_tokenizer(const fs::path& folder, std::uint32_t vocabulary) {
    std::error_code error;
    if (!fs::exists(folder / "tokenizer.json", error)) {
        return fail(ErrorCode::bad_model, fmt::format("{} has no tokenizer.json", folder.string()),
                    "Save the tokenizer with a current version of transformers, or look for a GGUF file of this model");
    }
    TRY_ASSIGN(const std::string tokenizer, read_file(folder / "tokenizer.json", k_largest_file));
    std::string config;
    if (fs::exists(folder / "tokenizer_config.json", error)) {
        TRY_ASSIGN(config, read_file(folder / "tokenizer_config.json", k_largest_file));
    }
    TRY_ASSIGN(auto data, parse_tokenizer(tokenizer, config, vocabulary));
    if (auto separate = read_file(folder / "chat_template.jinja", k_largest_file)) {
        data.chat_template = std::move(*separate);
    }
    return data;
}

}  // namespace caro::models
