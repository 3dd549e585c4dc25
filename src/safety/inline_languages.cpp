// What is particular to some languages: loops over what is listed, functions that are handed to others, calls that mean something else.
#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "safety/inline_calls.hpp"
#include "safety/inline_eval.hpp"
#include "safety/inline_program.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

using Kind = CodeToken::Kind;

// Names of functions that only read, print or reckon, in Julia, R, Groovy, Elixir, Java, Scala, Kotlin and Swift.
constexpr std::string_view k_reading =
    " colMeans rowMeans colSums rowSums test glm predict scale cut by Reduce Filter Map do.call trimws rapply print println cat show display puts inspect head tail summary str mean median sd var sum min max prod length nrow ncol names colnames rownames dim table unique sort order rev "
    "seq rep c list frame data csv table readLines readRDS readline eachline readlines read parse split join string paste paste0 sprintf format round sqrt abs log log2 log10 exp floor ceil ceiling map "
    "filter reduce collect enumerate zip range keys values haskey typeof class nchar toupper tolower sub gsub grepl grep regmatches strsplit sessionInfo packageVersion version time date Date now today getwd files dir "
    "exists info basename dirname normalizePath readdir isfile isdir joinpath pwd new library require suppressMessages suppressWarnings quantile cor lm aggregate apply sapply lapply vapply tapply merge "
    "subset with which any all ifelse is na as numeric character integer factor levels matrix array cbind rbind outer crossprod solve det nlevels count group_by summarise mutate select arrange "
    "trim strip upper lower replace contains startswith endswith starts_with ends_with first last size get at to_string toString to_integer parseInt valueOf of stream forEach toList iterator next hasNext "
    "function fn lambda if for while else return in do end begin let using import def val var const println printf max_by min_by sum_by frequencies chunk_every with_index uniq reverse flatten into range div rem "
    "version installed packages capabilities R.home Sys.time Sys.Date Sys.info Sys.getenv nameof versioninfo methods occursin findfirst match eachmatch replace rstrip lstrip chomp lowercase uppercase titlecase isempty "
    "push append String Int Float64 Dict Set Tuple Vector Matrix zeros ones rand randn cumsum diff norm dot transpose inv det factorial binomial gcd lcm isprime digits bitstring hash sleep nothing true false options setseed set "
    "stream_data IO to_charlist graphemes length byte_size pad_leading pad_trailing capitalize toUpperCase toLowerCase substring charAt indexOf getName getTime plus minus ofPattern repeat lines chars boxed ";

bool only_tells(std::string_view name) {
    return k_reading.find(" " + std::string(name) + " ") != std::string_view::npos;
}

shell::Word path_word(std::string text) {
    shell::Word word;
    word.text = std::move(text);
    word.tilde = word.text.substr(0, 1) == "~";
    word.glob = word.text.find_first_of("*?") != std::string::npos;
    return word;
}

const Call* row_of(std::string_view name, std::string_view last) {
    for (const auto& row : k_full_calls) {
        if (name.size() >= row.name.size() && name.substr(name.size() - row.name.size()) == row.name) {
            return &row;
        }
    }
    for (const auto& row : k_calls) {
        if (row.name == last) {
            return &row;
        }
    }
    return nullptr;
}

}  // namespace

bool Program::only_reads() const {
    for (std::size_t i = 0; i < m_tokens.size(); ++i) {
        const CodeToken& name = token(i);
        const bool bare = m_bare_calls && i + 1 < m_tokens.size() && (token(i + 1).kind == Kind::text || token(i + 1).kind == Kind::name);
        const bool call = name.kind == Kind::name && (token(i + 1).is('(') || bare || (token(i + 1).is('.') && token(i + 2).is('(')));
        if (name.kind == Kind::shell_text || (call && (!only_tells(name.last()) || starts_with(name.text, "write") || starts_with(name.text, "save") || starts_with(name.text, "Pkg.") || starts_with(name.text, "install") || starts_with(name.text, "remove") || starts_with(name.text, "update")))) {
            return false;
        }
        if (token(i).is('=') && i > 0 && token(i - 1).kind == Kind::name && token(i - 1).text[0] == '.') {
            return false;  // new File("a").text = "…"
        }
    }
    return true;
}

bool Program::only_prints_known() && {
    constexpr std::array<std::string_view, 18> k_decides = {"if",    "unless", "while", "until", "else", "end",  "sep",  "file", "try",
                                                            "input", "stdin",  "STDIN", "argv",  "ARGV", "gets", "read", "open", "randint"};
    if (!only_reads() || std::any_of(k_decides.begin(), k_decides.end(), [this](std::string_view name) { return mentions(name); })) {
        return false;
    }
    const auto is_printer = [](const CodeToken& token) { return token.kind == Kind::name && prints(token.last()); };
    const auto printers = static_cast<std::size_t>(std::count_if(m_tokens.begin(), m_tokens.end(), is_printer));
    const bool lines = m_language == "python" || m_language == "node" || std::any_of(m_tokens.begin(), m_tokens.end(), [](const CodeToken& t) { return t.text == "puts" || t.text == "say"; });
    const auto effects = std::move(*this).judge();
    const auto items = std::accumulate(m_lists.begin(), m_lists.end(), std::size_t{0}, [](std::size_t sum, const auto& list) { return sum + list.second.size(); });
    return printers > 0 && effects.size() >= printers && items <= k_most_rounds && std::all_of(effects.begin(), effects.end(), [&](const ProgramEffect& effect) {
        const bool whole = lines || effects.size() == 1 || ends_with(effect.word.text, "\n");
        return effect.act == ProgramAct::print && effect.detail.empty() && whole && !effect.word.guessed;
    });
}

// The value of an expression inside a text: "${process.env.HOME}", f"{chr(114)}m".
std::optional<std::string> Program::inner_value(const std::string& code) const {
    if (code.empty() || code.size() > 200 || spent()) {
        return std::nullopt;
    }
    auto tokens = code_tokens(replace_all(code, "\\\"", "\""), m_language);
    fold_names(tokens, m_language);
    const auto value = [this](const std::string& name) -> std::optional<std::string> {
        const auto known = m_values.find(name);
        return known == m_values.end() || !known->second.known() ? std::nullopt : std::optional<std::string>(known->second.text);
    };
    return evaluated_text(tokens, 0, tokens.size(), m_language, value);
}

// Where a loop names its variable and what it goes through: for x in LIST, foreach (LIST as $x), for (LIST), … for LIST.
Program::Loop Program::loop_at(std::size_t i) const {
    Loop loop;
    const std::string_view word = token(i).text;
    if (word != "for" && word != "foreach") {
        return loop;
    }
    std::size_t at = i + 1 + (token(i + 1).is('(') ? 1 : 0);
    at += token(at).text == "my" || token(at).text == "const" || token(at).text == "let" ? 1 : 0;
    at += m_language == "lua" && token(at + 1).is(',') ? 2 : 0;  // for _, x in ipairs{…}
    const bool arrow = token(at + 1).is('<') && token(at + 2).is('-');
    if (token(at).kind == Kind::name && (token(at + 1).text == "in" || token(at + 1).text == "of" || arrow)) {
        loop = {token(at).text, at + (arrow ? 3 : 2)};
        loop.list += token(loop.list).text == "ipairs" || token(loop.list).text == "pairs" ? 1 : 0;
    } else if (m_language == "php") {
        std::size_t as = at;
        while (as < at + 40 && as < m_tokens.size() && token(as).text != "as") {
            ++as;
        }
        loop = {token(as).text == "as" ? token(as + (token(as + 2).is('=') ? 4 : 1)).text : "", at};
    } else if (m_language == "perl") {
        const bool own = token(at).kind == Kind::name && token(at).text[0] == '$' && token(at + 1).is('(');
        loop = {own ? token(at).text : "$_", own ? at + 1 : at};
        loop.list += token(loop.list).is('(') && token(loop.list + 1).kind != Kind::text ? 1 : 0;
    }
    return loop;
}

// The variable of a loop is each of the texts, one after the other.
void Program::take_each(const std::string& name, const shell::Word& list, bool words) {
    std::vector<std::string> items = listed_texts(list.text);
    if (items.empty() && words) {
        for (const auto part : split(list.text, ' ')) {
            items.emplace_back(part);
        }
    }
    if (!items.empty() && items.size() < 20 && m_values.count(name) == 0) {
        m_values[name] = path_word(items[0]);
        m_lists.emplace_back(name, std::move(items));
    }
}

// LIST.each { |x| … }, LIST.forEach(x => …)
void Program::method_loop(std::size_t i) {
    std::size_t at = i + 1;
    while (at < i + 4 && (token(at).is('(') || token(at).is('{') || token(at).is('|'))) {
        ++at;
    }
    const bool own = at > i + 1 && token(at).kind == Kind::name && (token(at + 1).is('|') || token(at + 1).is('=') || token(at + 1).is(')') || token(at + 1).is('-'));
    const std::string name = own ? token(at).text : m_language == "groovy" ? "it" : "";
    if (name.empty() || m_values.count(name) != 0) {
        return;
    }
    const shell::Word found = receiver(i);
    if (!listed_texts(found.text).empty()) {
        take_each(name, found, false);
    } else if (!found.text.empty() && found.known()) {
        m_values[name] = found;
    }
}

void Program::loop_variable(std::size_t i) {
    if (token(i).kind != Kind::name) {
        return;
    }
    const std::string_view last = token(i).last();
    if ((last == "each" || last == "forEach" || last == "map" || last == "each_entry") && token(i).text[0] == '.') {
        method_loop(i);
        return;
    }
    const auto [name, list] = loop_at(i);
    if (name.empty() || list == 0 || m_values.count(name) != 0) {
        return;
    }
    for (std::size_t k = list; m_language == "php" && k < list + 20 && k < m_tokens.size() && token(k).text != "as"; ++k) {
        const bool lists = token(k).kind == Kind::name && (token(k).text.find("DirectoryIterator") != std::string::npos || token(k).text == "scandir");
        if (lists && token(k + 2).kind == Kind::text) {  // new RecursiveDirectoryIterator("/home")
            m_values[name] = path_word(token(k + 2).text + "/*");
            return;
        }
    }
    const std::string_view function = token(list).last();
    const bool names_only = function == "listdir" || function == "readdir" || function == "readdirSync";
    const bool whole = token(list).kind == Kind::name && (function == "glob" || function == "iglob" || names_only);
    std::size_t at = list;
    shell::Word value = token(list).is('{') ? this->list(at, 0) : expression(at, 0);
    if (!value.known()) {
        const auto text = constant(list, at);
        value = text ? *text : value;
    }
    if (whole && names_only && m_language != "julia") {
        value = path_word("*");
    }
    if (whole && !value.text.empty() && value.known()) {
        m_values[name] = std::move(value);
    } else if (!whole && value.known()) {
        take_each(name, value, m_language == "perl" && value.text.find(' ') != std::string::npos);
    }
}

// map(shutil.rmtree, LIST), LIST.forEach(fs.unlinkSync), foreach(rm, LIST): the function is handed over by its name.
void Program::passed(std::size_t i) {
    constexpr std::array<std::string_view, 12> k_takers = {"map", "foreach", "forEach", "each", "sapply", "lapply", "walk", "for_each", "starmap", "submit", "apply_async", "Thread"};
    if (!in(k_takers, token(i).last()) || !token(i + 1).is('(')) {
        return;
    }
    for (std::size_t at = i + 2; at < m_tokens.size() && at < i + 60; ++at) {
        const bool alone = token(at).kind == Kind::name && (token(at + 1).is(',') || token(at + 1).is(')') || token(at + 1).is('/') || token(at + 1).is('!')) && (token(at - 1).is('(') || token(at - 1).is(',') || token(at - 1).is('&') || token(at - 1).is('='));
        constexpr Call k_julia_rm{"rm", ProgramAct::remove, 0};
        const Call* row = alone && m_language == "julia" && token(at).text == "rm" ? &k_julia_rm : alone ? row_of(token(at).text, token(at).last()) : nullptr;
        if (row == nullptr) {
            continue;
        }
        shell::Word word = token(i).text[0] == '.' ? receiver(i) : unknown();
        for (const auto& argument : arguments_of(i)) {
            word = argument.known() && argument.text != token(at).text && !argument.text.empty() ? argument : word;
        }
        ProgramAct act = row->act;
        act = act == ProgramAct::remove && mentions("recursive") ? ProgramAct::remove_tree : act;
        add(act, word);
        return;
    }
}

// Calls whose names mean something else in other languages.
bool Program::language_call(std::size_t i, std::string_view last, const std::vector<shell::Word>& arguments) {
    const bool jvm = m_language == "groovy" || m_language == "jvm";
    const auto first = [&] { return arguments.empty() ? unknown() : arguments[0]; };
    if (m_language == "julia" && last == "rm" && !arguments.empty()) {
        add(mentions("recursive") ? ProgramAct::remove_tree : ProgramAct::remove, first());
    } else if (m_language == "julia" && (last == "include" || last == "evalfile") && !arguments.empty()) {
        add(fetches() ? ProgramAct::code_fetched : ProgramAct::append, first());
    } else if (m_language == "r" && last == "source" && !arguments.empty()) {
        add(fetches() ? ProgramAct::code_fetched : ProgramAct::append, first());
    } else if (m_language == "r" && last == "shell" && !arguments.empty()) {
        add(ProgramAct::shell, first());
    } else if (jvm && last == "execute" && arguments.empty()) {
        add(ProgramAct::shell, receiver(i));
    } else if (jvm && last == "delete" && arguments.empty()) {
        add(ProgramAct::remove, token(i).text[0] == '.' ? receiver(i) : unknown());
    } else if (m_language == "r" && (last == "source_url" || last == "source_gist")) {
        add(ProgramAct::code_fetched, unknown());
    } else if (jvm && last == "exec" && !arguments.empty()) {
        add(ProgramAct::shell, first());
    } else {
        return false;
    }
    return true;
}

}  // namespace caro::safety
