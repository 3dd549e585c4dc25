// Code for databases: SQL, Redis, MongoDB. Read as words, so that texts in quotes and comments do not count.
#include <algorithm>
#include <array>
#include <cctype>
#include <utility>
#include <vector>

#include "safety/effects.hpp"
#include "safety/sql_texts.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

// One statement: its words in lower case; texts in quotes are kept apart.
struct Statement {
    std::vector<std::string> words;
    std::string first_text;
    bool empty_text = false;  // one of its texts is empty

    bool has(std::string_view word) const { return std::find(words.begin(), words.end(), word) != words.end(); }
    std::string_view at(std::size_t i) const { return i < words.size() ? std::string_view(words[i]) : std::string_view(); }
};

bool is_word_character(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '\\' || c == '$' ||
           c == shell::Word::k_unknown;
}

// The end of a text in quotes that begins at `at`; a doubled quote stands for itself.
std::size_t end_of_text(std::string_view code, std::size_t at) {
    const char quote = code[at];
    std::size_t end = code.find(quote, at + 1);
    while (end != std::string_view::npos && end + 1 < code.size() && code[end + 1] == quote) {
        end = code.find(quote, end + 2);
    }
    return end == std::string_view::npos ? code.size() : end;
}

// The end of a comment or white space that begins at `at`; `at` itself if there is none.
std::size_t end_of_gap(std::string_view code, std::size_t at) {
    if (code.substr(at, 2) == "--") {
        return std::min(code.find('\n', at), code.size());
    }
    if (code.substr(at, 2) == "/*" && code.substr(at, 3) != "/*!") {
        const auto end = code.find("*/", at);
        return end == std::string_view::npos ? code.size() : end + 2;
    }
    return std::isspace(static_cast<unsigned char>(code[at])) != 0 ? at + 1 : at;
}

std::vector<Statement> statements_of(std::string_view code) {
    std::vector<Statement> all(1);
    for (std::size_t i = 0; i < code.size();) {
        const std::size_t gap = end_of_gap(code, i);
        const char order = all.back().words.empty() ? 'x' : all.back().words[0][0];
        if (code[i] == '\n' && (order == '.' || order == '\\')) {  // an order of the client is one line
            all.emplace_back();
            ++i;
        } else if (gap != i) {
            i = gap;
        } else if (code[i] == ';') {
            all.emplace_back();
            ++i;
        } else if (code[i] == '\'' || code[i] == '"' || code[i] == '`') {
            const std::size_t end = end_of_text(code, i);
            if (all.back().first_text.empty()) {
                all.back().first_text = code.substr(i + 1, end - i - 1);
            }
            all.back().empty_text = all.back().empty_text || end == i + 1;
            all.back().words.emplace_back("'");
            i = end + 1;
        } else if (is_word_character(code[i])) {
            const std::size_t start = i;
            while (i < code.size() && is_word_character(code[i])) {
                ++i;
            }
            all.back().words.push_back(to_lower(code.substr(start, i - start)));
        } else {
            all.back().words.emplace_back(1, code[i++]);
        }
    }
    return all;
}

// WHERE 1=1, WHERE 1, WHERE TRUE
bool always_true(const Statement& statement) {
    const auto where = std::find(statement.words.begin(), statement.words.end(), "where");
    const auto rest = static_cast<std::size_t>(statement.words.end() - where);
    if (rest < 2) {
        return false;
    }
    const bool constant = where[1] == "1" || where[1] == "true";
    const auto same = [&](std::size_t at) { return at + 2 < rest && where[at + 1] == "=" && where[at] == where[at + 2]; };
    if (rest == 4 && same(1)) {
        return true;  // id = id
    }
    for (std::size_t i = 1; i + 1 < rest; ++i) {  // 1=1 OR …, … OR 1=1
        if ((i == 1 && i + 3 < rest && where[i + 3] == "or" && same(i)) || (where[i] == "or" && same(i + 1))) {
            return true;
        }
    }
    const bool any_number = (rest == 4 && where[2] == ">" && (where[3] == "0" || where[3] == "-")) || (rest == 5 && where[2] == ">" && where[3] == "=" && where[4] == "0") ||
                            (rest == 5 && where[2] == ">" && where[3] == "-" && where[4] == "1");
    if (any_number) {
        return true;  // id > 0
    }
    return constant && (rest == 2 || (rest == 4 && where[2] == "=" && where[3] == where[1]));
}

// GRANT … ON *.* …, GRANT … WITH GRANT OPTION, ALTER ROLE … SUPERUSER
bool gives_power(const Statement& statement) {
    const std::string_view first = statement.at(0);
    constexpr std::array<std::string_view, 3> k_everything = {"*", ".", "*"};
    const bool role = (first == "alter" || first == "create") && (statement.at(1) == "user" || statement.at(1) == "role");
    const auto& words = statement.words;
    const bool everything = std::search(words.begin(), words.end(), k_everything.begin(), k_everything.end()) != words.end();
    return (first == "grant" && (everything || statement.has("option"))) || (role && statement.has("superuser"));
}

// Tables in which servers keep accounts: changes there give or take power.
bool of_accounts(const Statement& statement) {
    constexpr std::array<std::string_view, 8> k_tables = {"mysql.user", "mysql.db",      "mysql.global_priv", "pg_authid",
                                                          "pg_shadow",  "pg_catalog.pg_authid", "sys.user$", "mysql.tables_priv"};
    const std::string_view first = statement.at(0);
    const bool changes = first == "update" || first == "delete" || first == "insert" || first == "replace" || first == "truncate";
    return changes && std::any_of(k_tables.begin(), k_tables.end(), [&](std::string_view table) { return statement.has(table); });
}

// SET GLOBAL general_log_file = …, ALTER SYSTEM SET ssl = off, ALTER TABLE … DISABLE ROW LEVEL SECURITY, sp_configure 'xp_cmdshell', 1
bool weakens_server(const Statement& statement) {
    constexpr std::array<std::string_view, 12> k_settings = {"general_log_file",   "slow_query_log_file", "local_infile", "secure_file_priv",
                                                             "skip_grant_tables",  "require_secure_transport", "validate_password.policy",
                                                             "log_bin_trust_function_creators", "ssl", "password_encryption",
                                                             "archive_command", "shared_preload_libraries"};
    const std::string_view first = statement.at(0);
    const bool sets = (first == "set" && (statement.at(1) == "global" || statement.at(1) == "persist" || statement.at(1) == "@")) ||
                      (first == "alter" && statement.at(1) == "system");
    const bool setting = sets && std::any_of(k_settings.begin(), k_settings.end(), [&](std::string_view key) { return statement.has(key); });
    const bool row_level = first == "alter" && statement.has("disable") && statement.has("row") && statement.has("security");
    const bool shell = statement.has("sp_configure") && to_lower(statement.first_text) == "xp_cmdshell";
    const bool role = statement.has("sp_addsrvrolemember") && !statement.first_text.empty();
    const bool everybody = first == "grant" && statement.has("all") && statement.words.back() == "public";
    const bool server_role = first == "alter" && statement.at(1) == "server" && statement.has("sysadmin") && statement.has("add");
    const bool no_password = (first == "alter" || first == "create") && statement.at(1) == "user" && statement.has("identified") &&
                             statement.empty_text;
    return setting || row_level || shell || role || everybody || server_role || no_password;
}

bool drops(const Statement& statement) {
    const std::string_view first = statement.at(0);
    if (first == "drop") {
        return statement.at(1) != "index" && statement.at(1) != "view" && statement.at(1) != "trigger" &&
               statement.at(1) != "function" && statement.at(1) != "procedure" && statement.at(1) != "temporary";
    }
    const bool logs = first == "purge" && (statement.at(1) == "binary" || statement.at(1) == "master");  // without them nothing is restored
    if (first == "truncate" || logs || (first == "reset" && statement.at(1) == "master")) {
        return true;
    }
    if (first == "alter") {
        return (statement.has("delete") && always_true(statement)) ||
               (statement.has("drop") && !statement.has("constraint") && !statement.has("index") && !statement.has("default"));
    }
    if (first == "delete" || first == "update") {
        return (!statement.has("where") && !statement.has("limit")) || always_true(statement);
    }
    return first == "with" && statement.has("delete") && !statement.has("where");
}

bool only_reads(const Statement& statement) {
    constexpr std::string_view k_reading = " select show describe desc explain use pragma values table with help status "
                                           "analyze checkpoint begin rollback set fetch ";
    const std::string_view first = statement.at(0);
    if (first.empty() || (first.front() == '\\' && first != "\\copy" && first != "\\i" && first != "\\o" && first != "\\!") ||
        first == ".") {
        return true;
    }
    if (first.front() == '.') {  // of sqlite3
        return first != ".import" && first != ".output" && first != ".once" && first != ".read" && first != ".restore" &&
               first != ".save" && first != ".backup" && first != ".load";
    }
    const bool writes_file = statement.has("outfile") || statement.has("dumpfile") ||
                             (first == "select" && statement.has("into"));
    return k_reading.find(" " + std::string(first) + " ") != std::string_view::npos && !writes_file &&
           !(first == "with" && (statement.has("insert") || statement.has("update") || statement.has("delete")));
}

// What a statement gives to a shell: COPY … FROM PROGRAM 'CMD', xp_cmdshell 'CMD', .shell CMD,
// or what follows the mark \!, which is used up.
std::string shell_part(std::string_view code, const Statement& statement, std::string_view& mark) {
    if (statement.at(0) == ".shell" || statement.at(0) == ".system" || statement.at(0) == "system") {
        const auto at = code.find(statement.at(0));
        return at == std::string_view::npos ? "" : std::string(trim(code.substr(at + statement.at(0).size())));
    }
    if (!mark.empty()) {
        return std::string(trim(std::exchange(mark, {}).substr(2)));
    }
    return statement.has("program") || statement.has("xp_cmdshell") ? statement.first_text : "";
}

}  // namespace

bool reads_accounts(std::string_view code) {
    constexpr std::array<std::string_view, 7> k_marks = {"mysql.user", "pg_shadow", "pg_authid", "authentication_string", "password_hash", "sql_logins", "user_passwords"};
    const std::string lower = to_lower(code);
    return lower.find("select") != std::string::npos &&
           std::any_of(k_marks.begin(), k_marks.end(), [&](std::string_view mark) { return lower.find(mark) != std::string::npos; });
}

namespace {

// Ends sessions of everybody, or large objects.
bool calls_loss(std::string_view code) {
    const std::string lower = to_lower(code);
    return lower.find("lo_unlink(") != std::string::npos || (lower.find("pg_terminate_backend(") != std::string::npos && lower.find("pg_stat_activity") != std::string::npos);
}

void judge_statements(std::string_view code, DataCode& worst) {
    const auto bang = code.find("\\!");  // of psql and mysql; in a text it is none
    const bool in_text = bang != std::string_view::npos && std::count(code.begin(), code.begin() + static_cast<std::ptrdiff_t>(bang), '\'') % 2 == 1;
    std::string_view mark = bang == std::string_view::npos || in_text ? std::string_view() : code.substr(bang);
    for (const auto& statement : statements_of(code)) {
        if (worst.shell_code.empty()) {
            worst.shell_code = shell_part(code, statement, mark);
        }
        if (drops(statement)) {
            worst.risk = Risk::high;
            worst.rule = "database.drop";
        } else if (gives_power(statement) || of_accounts(statement) || weakens_server(statement)) {
            worst.rule = worst.risk == Risk::high ? worst.rule : "database.power";
            worst.risk = Risk::high;
        } else if (worst.risk < Risk::moderate && !only_reads(statement)) {
            worst.risk = Risk::moderate;
            worst.rule = "state.change";
        }
    }
}

}  // namespace

DataCode judge_sql(std::string_view code, bool printed_runs) {
    DataCode worst;
    const std::string plain = as_run_sql(code);
    judge_statements(plain, worst);
    for (const auto& made : made_sql(plain, printed_runs)) {
        DataCode inner;
        judge_statements(made, inner);
        if (inner.risk == Risk::high && worst.risk < Risk::high) {
            worst.risk = inner.risk;
            worst.rule = inner.rule;
        }
    }
    if (calls_loss(plain) && worst.risk < Risk::high) {
        worst.risk = Risk::high;
        worst.rule = "database.drop";
    }
    if (const std::string piped = sql_pipes(plain); !piped.empty()) {
        worst.shell_code += (worst.shell_code.empty() ? "" : "\n") + piped;
    }
    worst.files = sql_files(plain);
    if (worst.risk < Risk::moderate && code.find(shell::Word::k_unknown) != std::string_view::npos) {
        worst.risk = Risk::moderate;
        worst.rule = "state.change";
    }
    return worst;
}

DataCode judge_redis(std::string_view code) {
    constexpr std::string_view k_wiping = " flushall flushdb shutdown swapdb ";
    constexpr std::string_view k_reading = " get mget hget hgetall hkeys hvals hlen keys scan hscan sscan zscan exists type ttl "
                                           "pttl llen lrange lindex scard smembers sismember zrange zcard zscore strlen dbsize "
                                           "info ping echo time monitor memory object randomkey xlen xrange select client auth ";
    std::string lower = to_lower(trim(code));
    const bool script = lower.find("redis.call") != std::string::npos || lower.find("redis.pcall") != std::string::npos || lower.find("server.call") != std::string::npos;
    const std::string first = script ? "eval" : lower.substr(0, lower.find_first_of(" \n"));
    DataCode made;
    if (first == "eval") {  // texts that Lua puts together
        for (const std::string_view joint : {"\"..\"", "'..'", "\" .. \"", "' .. '"}) {
            lower = replace_all(lower, std::string(joint), "");
        }
    }
    const bool every_key = lower.find("\"keys\"") != std::string::npos || lower.find("'keys'") != std::string::npos;
    const bool deletes = lower.find("\"del\"") != std::string::npos || lower.find("'del'") != std::string::npos || lower.find("unlink") != std::string::npos;
    const bool hidden = first == "eval" && (lower.find("string.char") != std::string::npos || lower.find("loadstring") != std::string::npos);
    const bool only_gets = first == "eval" && lower.find("call(\"get\"") != std::string::npos;
    if (only_gets) {
        return made;
    }
    if (first.empty() || k_reading.find(" " + first + " ") != std::string_view::npos || lower.substr(0, 10) == "config get") {
        return made;
    }
    const bool wipes = k_wiping.find(" " + first + " ") != std::string_view::npos || lower.substr(0, 10) == "config set" ||
                       lower.find("flushall") != std::string::npos || lower.find("flushdb") != std::string::npos || hidden ||
                       (first == "eval" && every_key && deletes);
    const bool loads = lower.substr(0, 12) == "module load " || lower.substr(0, 14) == "module loadex ";
    made.risk = wipes || loads ? Risk::high : Risk::moderate;
    made.rule = wipes ? "database.drop" : loads ? "database.power" : "state.change";
    return made;
}

DataCode judge_mongo(std::string_view code) {
    const std::string lower = replace_all(to_lower(code), " ", "");
    DataCode made;
    for (const std::string_view call : {"dropdatabase(", ".drop(", "deletemany({})", "remove({})", "dropuser(", "dropindexes(",
                                        "updatemany({},", "shutdownserver(", "dropdatabase.", "dropdatabase:", "drop\"].call(", "drop\"].apply(", "drop'].call(", "dropdatabase\"].", ".drop.call(", ".drop.apply(", "dropdatabase\":", "dropdatabase:1",
                                        "dropdatabase\"]", "{drop:", "drop\"]:", "{\"drop\":"}) {
        if (lower.find(call) != std::string::npos) {
            made.risk = Risk::high;
            made.rule = "database.drop";
            return made;
        }
    }
    for (const std::string_view call : {"insert", "update", "delete", "remove", "replaceone", "createindex", "rename", "create"}) {
        if (lower.find(call) != std::string::npos) {
            made.risk = Risk::moderate;
            made.rule = "state.change";
        }
    }
    return made;
}

}  // namespace caro::safety
