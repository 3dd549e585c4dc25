// Which programs print what comes from other machines.
#include "safety/arrivals.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "safety/effects.hpp"
#include "safety/judge.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

// Programs that print what a server says, whatever they are asked.
constexpr std::array<std::string_view, 65> k_clients = {
    "curl",      "fetch",      "http",       "https",     "lynx",       "aria2c",  "xh",       "w3m",        "links",     "curlie",   "elinks",
    "nc",        "ncat",       "netcat",     "ssh",       "socat",      "telnet",  "sftp",     "ftp",        "lftp",      "tftp",     "smbclient",
    "dig",       "host",       "nslookup",   "drill",     "kdig",       "delv",    "dog",      "doggo",      "redis-cli", "psql",     "mysql",
    "mariadb",   "mongosh",    "mongo",      "sqlcmd",    "cqlsh",      "clickhouse-client",   "influx",     "etcdctl",   "ldapsearch", "snmpget",
    "snmpwalk",  "whois",      "finger",     "mosquitto_sub", "kcat",   "kafkacat", "kafka-console-consumer", "websocat", "wscat",    "grpcurl",
    "rsh",       "adb",        "valkey-cli", "keydb-cli", "memccat",    "httpie",  "ntfy",     "nats",       "mosh", "GET", "lwp-request", "lwp-dump"};

// … and those that do so when a word is among theirs.
constexpr std::array<std::pair<std::string_view, std::string_view>, 52> k_by_word = {{
    {"gh", "api"},           {"gh", "gist"},         {"gh", "view"},         {"glab", "api"},      {"glab", "snippet"},  {"kubectl", "get"},
    {"kubectl", "exec"},     {"kubectl", "logs"},    {"oc", "get"},          {"oc", "exec"},       {"consul", "get"},    {"vault", "get"},
    {"vault", "read"},       {"nomad", "get"},       {"aws", "s3"},          {"aws", "ssm"},       {"aws", "secretsmanager"}, {"aws", "s3api"},
    {"aws", "dynamodb"},     {"aws", "sqs"},         {"gcloud", "cat"},      {"gcloud", "access"}, {"gcloud", "ssh"},    {"az", "download"},
    {"az", "secret"},        {"gsutil", "cat"},      {"gsutil", "cp"},       {"s3cmd", "get"},     {"rclone", "cat"},    {"mc", "cat"},
    {"s5cmd", "cat"},        {"hdfs", "-cat"},       {"hadoop", "-cat"},     {"svn", "cat"},       {"hg", "cat"},        {"ipfs", "cat"},
    {"openssl", "s_client"}, {"git", "--remote"},    {"doctl", "ssh"},       {"heroku", "run"},    {"fly", "ssh"},       {"vagrant", "ssh"},
    {"lxc", "exec"},         {"tsh", "ssh"},         {"crane", "export"},    {"wormhole", "receive"}, {"croc", "--stdout"}, {"docker", "exec"},
    {"resolvectl", "query"}, {"bw", "get"},          {"op", "read"},         {"pulsar-client", "consume"},
}};

// Words of programs that print settings for the shell that calls them.
bool prints_for_shell(const Action& action) {
    return std::any_of(action.args.begin(), action.args.end(), [](const shell::Word& word) {
        return any_of(word.text, {"completion", "completions", "docker-env", "shellenv", "get-login", "export-credentials", "--completion",
                                  "--version", "--help", "generate-completion"});
    });
}

// git show origin/main:FILE, git cat-file blob FETCH_HEAD:FILE
bool shows_fetched(const Action& action) {
    return action.name == "git" && any_of(action.subcommand(), {"show", "cat-file"}) &&
           std::any_of(action.args.begin(), action.args.end(), [](const shell::Word& word) {
               const std::string_view text = word.text;
               return contains(text, ":") && (text.substr(0, 10) == "FETCH_HEAD" || text.substr(0, 7) == "origin/" || text.substr(0, 9) == "upstream/" ||
                                              contains(text, "@{u}") || contains(text, "@{upstream}"));
           });
}

// python3 -c 'print(urlopen("http://…").read())'
bool prints_fetched(const Action& action) {
    constexpr std::array<std::string_view, 16> k_calls = {"urlopen",   "requests.", "httpx.",     "getprint", "LWP::",     "HTTP::Tiny", "open-uri", "URI.open",
                                                          "Net::HTTP", "file_get_contents", "curl_exec", "readfile", "fetch(", "http.get", "socket", "get("};
    if (!is_interpreter(action.name)) {
        return false;
    }
    return std::any_of(action.args.begin(), action.args.end(), [&](const shell::Word& word) {
        const bool calls = std::any_of(k_calls.begin(), k_calls.end(), [&](std::string_view call) { return contains(word.text, call); });
        return calls && (contains(word.text, "://") || contains(word.text, "connect"));
    });
}

}  // namespace

bool fetches(const Action& action) {
    if (action.elsewhere) {
        return true;
    }
    if (action.name == "aws" && !action.args.empty() && action.args.back().text != "-" && action.subcommand() == "s3") {
        return false;
    }
    if (action.name == "wget") {
        return action.has("-O") || action.has("--output-document");
    }
    if (action.name == "openssl") {
        return action.subcommand() == "s_client";
    }
    if (prints_for_shell(action)) {
        return false;
    }
    const bool client = std::find(k_clients.begin(), k_clients.end(), action.name) != k_clients.end();
    const bool by_word = std::any_of(k_by_word.begin(), k_by_word.end(), [&](const auto& row) {
        return row.first == action.name && std::any_of(action.args.begin(), action.args.end(), [&](const shell::Word& word) {
                   return word.text == row.second || word.text.rfind(std::string(row.second) + "=", 0) == 0;
               });
    });
    return client || by_word || shows_fetched(action) || prints_fetched(action) || output_of(action) == "network";
}

// The command prints what came from the network; below wrappers too.
bool Judge::fetched_by(const shell::Command& command) const {
    std::vector<shell::Word> words = command.words;
    constexpr std::array<std::string_view, 5> k_elsewhere = {"docker", "podman", "nerdctl", "kubectl", "oc"};
    Action stage;
    for (int layers = 0; layers < 6; ++layers) {
        Inner inner;
        if (words.empty() || !inner_of(words, inner) || inner.kind != Inner::Kind::command) {
            break;
        }
        stage.elsewhere = stage.elsewhere || (inner.elsewhere && std::find(k_elsewhere.begin(), k_elsewhere.end(), inner.spec->id) != k_elsewhere.end());
        words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(inner.start));
    }
    for (const auto& redirect : command.redirects) {
        stage.redirects.push_back(&redirect);
        if (redirect.op == "<" && (redirect.target.text.rfind("/dev/tcp/", 0) == 0 || redirect.target.text.rfind("/dev/udp/", 0) == 0)) {
            return true;
        }
        if (redirect.op == "<&" && m_network_descriptor) {
            return true;
        }
    }
    if (words.empty()) {
        return prints_arrived(stage);  // $(<FILE)
    }
    stage.name = words.front().known() ? words.front().text.substr(words.front().text.rfind('/') + 1) : "";
    stage.args.assign(words.begin() + 1, words.end());
    return fetches(stage) || prints_arrived(stage) || (!any_of(stage.name, {"which", "type", "command", "whereis", "grep", "echo", "printf"}) &&
                              std::any_of(stage.args.begin(), stage.args.end(), [](const shell::Word& word) {
                                  return any_of(std::string_view(word.text).substr(word.text.rfind('/') + 1), {"curl", "wget"});
                              })) ||
           stage.name == "wget";
}

bool Judge::nested_fetch(const shell::Span& within) const {
    const auto [known, fresh] = m_fetches_at.try_emplace({within.start, within.end}, false);
    if (fresh) {
        known->second = any_inside(within, [&](const shell::Pipeline& line) {
            const bool reads_in = !line.stages.empty() && !line.stages.back().words.empty() && any_of(line.stages.back().words[0].text, {"read", "mapfile", "readarray"});
            return (line.substituted || reads_in) &&
                   std::any_of(line.stages.begin(), line.stages.end(), [this](const shell::Command& command) { return fetched_by(command); });
        });
    }
    return known->second;
}

// The same for what a word was made from, perhaps in a variable some lines before.
bool Judge::nested_fetch(const shell::Word& word) const {
    return std::any_of(word.sources.begin(), word.sources.end(),
                       [this](const shell::Span& span) { return nested_fetch(span); });
}

// The word begins with what came from the network, so that this decides what is run: echo "$(curl …)" | sh
bool Judge::is_fetched(const shell::Word& word) const {
    return !word.text.empty() && word.text[0] == shell::Word::k_unknown && nested_fetch(word);
}

}  // namespace caro::safety
