// Version control, databases, containers and clouds.
#include <algorithm>

#include "safety/judge.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

bool any_of(std::string_view text, std::initializer_list<std::string_view> list) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

bool has_word(const Action& action, std::initializer_list<std::string_view> list) {
    return std::any_of(action.args.begin(), action.args.end(),
                       [&](const shell::Word& word) { return any_of(word.text, list); });
}

bool dry_run(const Action& action) {
    return std::any_of(action.args.begin(), action.args.end(), [](const shell::Word& word) {
        return word.text == "-n" || word.text.substr(0, 9) == "--dry-run" || word.text == "--dryrun" ||
               word.text == "--check";
    });
}

bool rewrites_history(const Action& action, std::string_view sub) {
    if (sub == "push") {
        return action.has("--force") || action.has("-f") || action.has("--delete") || action.has("-d") ||
               action.has("--mirror") || action.has("--prune") ||
               std::any_of(action.args.begin(), action.args.end(),
                           [](const shell::Word& w) { return w.text.size() > 1 && (w.text[0] == '+' || w.text[0] == ':'); });
    }
    if (sub == "reset") {
        return action.has("--hard");
    }
    if (sub == "clean") {
        return action.has("-f") || action.has("--force");
    }
    if (sub == "branch") {
        return has_word(action, {"-D"}) || (action.has("--delete") && action.has("--force"));
    }
    if (sub == "checkout" || sub == "restore") {
        return (sub == "checkout" && (action.has("-f") || has_word(action, {"--", "."}))) ||
               (sub == "restore" && !action.has("--staged"));
    }
    return any_of(sub, {"filter-branch", "filter-repo", "update-ref"}) ||
           (sub == "stash" && has_word(action, {"drop", "clear"})) ||
           (sub == "reflog" && has_word(action, {"expire", "delete"})) ||
           (sub == "gc" && std::any_of(action.args.begin(), action.args.end(), [](const shell::Word& w) {
                return w.text.substr(0, 7) == "--prune";
            }));
}

// SQL or a database's own words in an argument that take data away.
bool drops_data(std::string_view text) {
    const std::string lower = to_lower(text);
    for (const std::string_view words : {"drop database", "drop table", "drop schema", "drop user", "truncate table",
                                         "dropdatabase(", ".drop(", "deletemany({})", "remove({})"}) {
        if (lower.find(words) != std::string::npos) {
            return true;
        }
    }
    const auto at = lower.find("delete from ");
    return (at != std::string::npos && lower.find(" where ", at) == std::string::npos) ||
           lower.substr(0, 9) == "truncate ";
}

bool is_database(std::string_view name) {
    return any_of(name, {"mysql", "mariadb", "psql", "sqlite3", "mongo", "mongosh", "cqlsh", "influx", "sqlcmd"});
}

bool destroys_remote(const Action& action, std::string_view sub) {
    const std::string& name = action.name;
    if (any_of(name, {"terraform", "tofu", "pulumi"})) {
        return sub == "destroy" || has_word(action, {"-destroy"});
    }
    if (any_of(name, {"kubectl", "oc", "k3s"})) {
        return any_of(sub, {"delete", "drain"}) &&
               (has_word(action, {"namespace", "ns", "namespaces", "pvc", "pv", "node", "nodes", "deployment", "deployments",
                                  "statefulset", "crd", "--all", "-A", "--all-namespaces"}) ||
                sub == "drain" || action.has("--all"));
    }
    if (any_of(name, {"docker", "podman"})) {
        return has_word(action, {"prune"}) || (sub == "volume" && has_word(action, {"rm", "remove"})) ||
               (any_of(sub, {"rm", "rmi"}) && (action.has("-f") || action.has("--force") || action.has("-v"))) ||
               (sub == "compose" && has_word(action, {"down"}) && (action.has("-v") || action.has("--volumes")));
    }
    if (name == "helm") {
        return any_of(sub, {"uninstall", "delete"});
    }
    if (any_of(name, {"aws", "gcloud", "az", "doctl", "heroku", "flyctl", "s3cmd", "rclone", "gh"})) {
        return std::any_of(action.args.begin(), action.args.end(), [](const shell::Word& w) {
                   return any_of(w.text, {"delete", "rb", "purge", "destroy", "terminate-instances", "apps:destroy"}) ||
                          w.text.substr(0, 7) == "delete-" || w.text.substr(0, 10) == "terminate-";
               }) ||
               (name == "aws" && has_word(action, {"rm"}) && action.has("--recursive")) ||
               (name == "aws" && has_word(action, {"sync"}) && action.has("--delete"));
    }
    return false;
}

}  // namespace

void Judge::check_tools(const Action& action) {
    const std::string_view sub = action.subcommand();
    if (dry_run(action) && !(action.name == "git" && sub == "commit")) {
        return;
    }
    if (action.name == "git") {
        // git -C DIR …, git -c key=value …: the sub-command comes after their values.
        std::string_view real = sub;
        for (std::size_t i = 0; i + 2 < action.args.size() && any_of(action.args[i].text, {"-C", "-c"}); i += 2) {
            real = action.args[i + 2].text;
        }
        if (rewrites_history(action, real)) {
            find("vcs.rewrite", "", action.span);
        }
        return;
    }
    if (action.name == "dropdb" || (action.name == "mysqladmin" && sub == "drop") ||
        (action.name == "redis-cli" && has_word(action, {"FLUSHALL", "FLUSHDB", "flushall", "flushdb"}))) {
        find("database.drop", "", action.span);
    } else if (is_database(action.name)) {
        for (const auto& word : action.args) {
            if (drops_data(word.text)) {
                find("database.drop", "", action.span);
                return;
            }
        }
    } else if (destroys_remote(action, sub)) {
        find("cloud.destroy", "", action.span);
    }
}

}  // namespace caro::safety
