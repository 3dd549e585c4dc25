// Files that a text brings from the network: where they are put, and what is made from them.
#include <algorithm>
#include <array>

#include "safety/effects.hpp"
#include "safety/judge.hpp"
#include "safety/secret_sources.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

std::string_view last_part(std::string_view path) {
    while (path.size() > 1 && path.back() == '/') {
        path.remove_suffix(1);
    }
    return path.substr(path.find_last_of("/\\") + 1);
}

// HOST:PATH, SCHEME://…, drive letters aside.
bool is_remote(std::string_view text) {
    const auto colon = text.find(':');
    return colon != std::string_view::npos && colon > 1 && text.find('/') > colon;
}

// Anybody on the way can change it, or nobody vouches for the server.
bool is_open(std::string_view url) {
    const auto scheme = url.find("://");
    if (starts_with(url, "http://") || starts_with(url, "ftp://") || starts_with(url, "tftp://") || starts_with(url, "git://") || starts_with(url, "rsync://")) {
        return !starts_with(url, "http://localhost") && !starts_with(url, "http://127.");
    }
    const std::string_view host = scheme == std::string_view::npos ? std::string_view() : url.substr(scheme + 3, url.find_first_of("/:", scheme + 3) - scheme - 3);
    return !host.empty() && host.find_first_not_of("0123456789.") == std::string_view::npos && !starts_with(host, "127.");
}

bool is_open(const Action& stage) {
    return std::any_of(stage.args.begin(), stage.args.end(), [](const shell::Word& word) { return is_open(word.text); });
}

// tar's bundle of letters, --extract, unzip …
bool unpacks(const Action& stage) {
    if (any_of(stage.name, {"tar", "bsdtar", "gtar"})) {
        return stage.has("--extract") || stage.has("-x") || (!stage.args.empty() && stage.args[0].text[0] != '-' && contains(stage.args[0].text, "x"));
    }
    if (any_of(stage.name, {"7z", "7za", "7zz", "7zr", "unrar", "rar", "ar"})) {
        return !stage.args.empty() && any_of(stage.args[0].text, {"x", "e", "-x"});
    }
    return any_of(stage.name, {"unzip", "unar", "atool", "aunpack", "dtrx", "ditto", "Expand-Archive"}) || (stage.name == "cpio" && stage.has("-i"));
}

bool compiles(std::string_view name) {
    return any_of(name, {"gcc", "g++", "cc", "c++", "clang", "clang++", "tcc", "rustc", "ghc", "javac", "gfortran", "nim", "ldc2", "dmd", "zig", "go", "as", "ld", "nasm"});
}

bool filters(std::string_view name) {
    return any_of(name, {"cat",  "sed",   "head",   "tail", "base64", "base32", "openssl", "gunzip", "zcat", "xz",   "xzcat", "zstd", "zstdcat", "bunzip2", "bzcat", "gzip",
                         "tr",   "rev",   "tac",    "cut",  "awk",    "grep",   "jq",      "yq",     "xxd",  "uudecode", "gpg", "tee",  "dd",   "iconv",   "fold",  "strings"});
}

}  // namespace

void Arrivals::merge(const Arrivals& other) {
    files.insert(other.files.begin(), other.files.end());
    open.insert(other.open.begin(), other.open.end());
    for (std::size_t i = trees.size(); i < other.trees.size(); ++i) {
        trees.push_back(other.trees[i]);
    }
}

void Judge::arrive(std::string_view path, const Action& by, bool open) {
    constexpr std::size_t k_most = 500;
    const auto brace = path.find('{');
    const auto close = path.find('}', brace == std::string_view::npos ? path.size() : brace);
    if (close != std::string_view::npos && path.substr(brace, close - brace).find('{', 1) == std::string_view::npos) {  // curl -O http://…/{a,b}.sh
        for (const auto name : split(path.substr(brace + 1, close - brace - 1), ',')) {
            const std::string rest(path.substr(close + 1));
            if (rest.find('{') == std::string::npos) {
                arrive(std::string(path.substr(0, brace)) + std::string(name) + rest, by, open);
            }
        }
        return;
    }
    if (path.empty() || path == "-" || m_arrivals.files.size() > k_most) {
        return;
    }
    const std::string full = normalized(path, m_cwd);
    m_arrivals.files.insert(full);
    if (open) {
        m_arrivals.open.insert(full);
    }
    shell::Word word;
    word.text = path;
    word.tilde = starts_with(path, "~");
    if (runs_by_itself(full) || runs_by_itself(path) || (class_of(word) == PathClass::login && !contains(full, "/.ssh/"))) {
        find("execute.download", shown(word), by.span);
    }
}

void Judge::arrive_tree(std::string_view path, const Action& by, bool open, bool clone) {
    constexpr std::size_t k_most = 50;
    if (m_arrivals.trees.size() > k_most) {
        return;
    }
    const bool here = path.empty() || path == ".";
    Arrivals::Tree tree;
    tree.path = here ? (m_cwd.empty() ? "." : m_cwd) : normalized(path, m_cwd);
    tree.shared = here || tree.path == "/tmp" || tree.path == m_scene.home;
    tree.clone = clone;
    if (open) {
        m_arrivals.open.insert(tree.path);
    }
    if (runs_by_itself(tree.path + "/x")) {
        find("execute.download", path, by.span);
    }
    m_arrivals.trees.push_back(std::move(tree));
}

// True if the file came from the network, so that using it so is to trust it unread.
bool Judge::arrived(std::string_view path, Arrival use) const {
    if (m_arrivals.empty() || path.empty()) {
        return false;
    }
    const std::string full = normalized(path, m_cwd);
    if (contains(full, "venv/bin/") || contains(full, "node_modules/.bin/")) {
        return false;  // was made here
    }
    if (m_arrivals.files.count(full) != 0) {
        return use != Arrival::build || m_arrivals.open.count(full) != 0;
    }
    if (full.find('*') != std::string::npos && use != Arrival::build) {  // for f in *.sh; do bash "$f"; done
        const bool code = std::any_of(m_arrivals.files.begin(), m_arrivals.files.end(), [&](const std::string& file) { return glob_match(full, file); });
        if (code) {
            return true;
        }
    }
    return std::any_of(m_arrivals.trees.begin(), m_arrivals.trees.end(), [&](const Arrivals::Tree& tree) {
        const bool relative = tree.path == "." && full[0] != '/';
        const bool itself = full == tree.path && use == Arrival::build && !tree.shared;
        if (!relative && !itself && (full.size() <= tree.path.size() + 1 || full.compare(0, tree.path.size(), tree.path) != 0 || full[tree.path.size()] != '/')) {
            return false;
        }
        const std::string_view rest = relative || itself ? std::string_view(full) : std::string_view(full).substr(tree.path.size() + 1);
        const bool own = tree.shared && rest.find('/') == std::string_view::npos;  // beside what was unpacked
        const std::string_view name = last_part(full);
        // /usr/local/go/bin/go: a program that is known, put where programs are
        const bool installed = use == Arrival::command && full.find("/bin/") != std::string::npos && !is_shell(name) && knowledge().command(name) != nullptr;
        const bool builds = use == Arrival::build || installed || name == "configure" || name == "gradlew" || name == "mvnw" || name == "setup.py";
        if (builds) {
            return m_arrivals.open.count(tree.path) != 0 && !tree.clone && (!own || use != Arrival::program);
        }
        return use == Arrival::command || use == Arrival::shell || use == Arrival::load ? !own || use == Arrival::shell || starts_with(path, "./") : !own && !tree.clone;
    });
}

// A filter whose file or input came from the network prints what came from there.
bool Judge::prints_arrived(const Action& stage) const {
    if (m_arrivals.empty()) {
        return false;
    }
    const bool cloned = std::any_of(m_arrivals.trees.begin(), m_arrivals.trees.end(), [](const Arrivals::Tree& tree) { return tree.clone; });
    if (cloned && stage.name == "git" && (stage.has("show") || stage.has("cat-file"))) {
        return true;  // git -C CLONE show HEAD:FILE
    }
    const bool reads = std::any_of(stage.redirects.begin(), stage.redirects.end(), [this](const auto* redirect) {
        return redirect->op == "<" && arrived(redirect->target.text, Arrival::load);
    });
    return reads || (filters(stage.name) && std::any_of(stage.args.begin(), stage.args.end(), [this](const shell::Word& word) {
                         return word.known() && !word.text.empty() && word.text[0] != '-' &&
                                arrived(starts_with(word.text, "if=") ? std::string_view(word.text).substr(3) : std::string_view(word.text), Arrival::load);
                     }));
}

// curl -o FILE, wget, aria2c …
void Judge::note_downloads(const Action& stage) {
    std::string_view name = stage.name;
    name = name.size() > 4 && name.substr(name.size() - 4) == ".exe" ? name.substr(0, name.size() - 4) : name;
    if (!any_of(name, {"curl", "wget", "aria2c", "fetch", "certutil", "bitsadmin", "axel", "lwp-download", "smbget", "ncftpget"}) &&
        output_of(stage) != "network") {
        return;
    }
    const bool open = is_open(stage);
    for (std::size_t k = 0; k < stage.args.size(); ++k) {
        const std::string& text = stage.args[k].text;
        const bool next = k + 1 < stage.args.size();
        const bool glued = (text.substr(0, 2) == "-o" || text.substr(0, 2) == "-O") && text.size() > 2;
        if (any_of(text, {"-o", "-O", "--output", "--output-document", "-OutFile", "--out"}) && next) {
            arrive(stage.args[k + 1].text, stage, open);
        } else if (glued || text.substr(0, 9) == "--output=" || text.substr(0, 18) == "--output-document=") {
            arrive(std::string_view(text).substr(glued ? 2 : text.find('=') + 1), stage, open);
        } else if (text.size() > 2 && text[0] == '-' && text[1] != '-' && next && text.back() == (stage.name == "wget" ? 'O' : 'o')) {
            arrive(stage.args[k + 1].text, stage, open);  // -fsSLo FILE, -qO FILE
        }
    }
    std::string folder;
    for (std::size_t k = 0; k + 1 < stage.args.size(); ++k) {
        const std::string& text = stage.args[k].text;
        const bool cluster = name == "wget" && text.size() > 2 && text[0] == '-' && text[1] != '-' && text.back() == 'P';  // -qP FOLDER
        folder = cluster || any_of(text, {"-P", "--directory-prefix", "--output-dir", "-d", "--dir"}) ? stage.args[k + 1].text + "/" : folder;
    }
    const bool many = name == "wget" && (stage.has("-r") || stage.has("-m") || stage.has("--recursive") || stage.has("--mirror"));
    const bool keeps = any_of(name, {"wget", "aria2c", "axel", "lwp-download", "smbget", "ncftpget", "certutil", "bitsadmin", "fetch"}) || stage.has("-O") ||
                       stage.has("--remote-name") || stage.has("--remote-name-all") || stage.has("--download") || (name == "http" && stage.has("-d"));
    for (const auto* operand : keeps ? stage.operands() : std::vector<const shell::Word*>()) {
        arrive(last_part(operand->text), stage, open);
        const auto host = many ? operand->text.find("://") : std::string::npos;
        if (host != std::string::npos) {
            arrive_tree(std::string_view(operand->text).substr(host + 3, operand->text.find('/', host + 3) - host - 3), stage, open, false);
            arrive_tree(last_part(operand->text), stage, open, false);
        }
        if (!folder.empty()) {
            arrive(folder + std::string(last_part(operand->text)), stage, open);
        }
    }
}

// scp HOST:FILE FILE, aws s3 cp s3://… FILE, kubectl cp POD:FILE FILE: the last operand is where it goes.
void Judge::note_transfers(const Action& stage) {
    const std::string_view sub = stage.subcommand();
    const bool copies = any_of(stage.name, {"scp", "rsync", "sftp", "s3cmd", "gsutil", "mc", "rclone", "s5cmd", "azcopy", "hdfs", "lxc"}) ||
                        (any_of(stage.name, {"aws", "gcloud"}) && any_of(sub, {"s3", "storage"})) ||
                        (any_of(stage.name, {"kubectl", "oc", "docker", "podman"}) && sub == "cp") || (stage.name == "adb" && sub == "pull");
    const auto operands = stage.operands();
    if (any_of(stage.name, {"tftp", "oras", "gh", "glab", "ipfs", "wormhole", "croc", "smbclient"}) && operands.size() > 1) {
        const bool gets = std::any_of(stage.args.begin(), stage.args.end(),
                                      [](const shell::Word& word) { return any_of(word.text, {"get", "pull", "download", "receive"}); });
        for (std::size_t i = 0; gets && i < stage.args.size(); ++i) {
            std::string_view name = last_part(stage.args[i].text);
            arrive(stage.name == "oras" ? name.substr(0, name.find(':')) : name, stage, stage.name == "tftp");
        }
    }
    if (!copies || operands.size() < 2 || is_remote(operands.back()->text)) {
        return;
    }
    const std::string& into = operands.back()->text;
    for (std::size_t i = 0; i + 1 < operands.size(); ++i) {
        const std::string& from = operands[i]->text;
        const bool store = stage.name == "mc" && contains(from, "/") && from[0] != '/' && from[0] != '.';
        const bool pod = store || (any_of(stage.name, {"kubectl", "oc"}) && contains(from, ":"));
        if (!is_remote(from) && !pod) {
            continue;
        }
        const bool open = starts_with(from, "rsync://") || starts_with(from, "ftp://");
        std::string_view name = last_part(from);
        name.remove_prefix(name.find(':') == std::string_view::npos ? 0 : name.find(':') + 1);
        arrive(into, stage, open);
        arrive(into + "/" + std::string(name), stage, open);
        const bool whole = stage.has("-r") || stage.has("-a") || stage.has("--recursive") || any_of(stage.name, {"rclone"}) || from.back() == '/' ||
                           std::any_of(stage.args.begin(), stage.args.end(), [](const shell::Word& word) { return any_of(word.text, {"sync", "rsync", "mirror"}); });
        if (whole) {
            arrive_tree(into, stage, open, true);
        }
    }
}

// mount -t nfs HOST:/x FOLDER, sshfs, rclone mount: what lies there is another machine's.
void Judge::note_mounts(const Action& stage) {
    const auto operands = stage.operands();
    const bool mounts = any_of(stage.name, {"mount", "mount.nfs", "mount.cifs", "mount_smbfs", "mount_nfs", "sshfs", "curlftpfs", "davfs2"}) ||
                        (stage.name == "rclone" && stage.subcommand() == "mount");
    if (!mounts || operands.size() < 2) {
        return;
    }
    for (std::size_t i = 0; i < operands.size(); ++i) {
        const std::string_view from = operands[i]->text;
        const bool remote = is_remote(from) || (from.size() > 3 && from.substr(0, 2) == "//");
        if (remote && i + 1 < operands.size()) {
            arrive_tree(operands[i + 1]->text, stage, false, true);
        }
    }
}

// What clients of file servers are told to get: lftp -e 'get x.sh', sftp <<< 'get x.sh'
void Judge::note_gets(const Action& stage) {
    if (!any_of(stage.name, {"lftp", "sftp", "ftp", "smbclient", "ncftp"})) {
        return;
    }
    std::string code = stage.input.value_or("");
    for (const auto& word : stage.args) {
        code += "\n" + word.text;
    }
    code = replace_all(code, ";", "\n");
    for (const auto line : split(code, '\n')) {
        const auto words = split(trim(line), ' ');
        const bool gets = words.size() > 1 && any_of(words[0], {"get", "mget", "pget", "reget", "recv", "mirror"});
        for (std::size_t i = 1; gets && i < words.size(); ++i) {
            arrive(last_part(words[i]), stage, stage.name == "ftp");
            if (words[0] == "mirror") {
                arrive_tree(last_part(words[i]), stage, false, false);
            }
        }
    }
}

// ansible -m get_url -a 'url=… dest=FILE'
void Judge::note_ansible(const Action& stage) {
    const auto says = [&stage](std::string_view word) {
        return std::any_of(stage.args.begin(), stage.args.end(), [&](const shell::Word& w) { return contains(w.text, word); });
    };
    if (stage.name != "ansible" || !(says("get_url") || says("unarchive") || says("uri"))) {
        return;
    }
    for (const auto& word : stage.args) {
        const auto at = word.text.find("dest=");
        if (at != std::string::npos) {
            const std::string_view rest = std::string_view(word.text).substr(at + 5);
            arrive(rest.substr(0, rest.find(' ')), stage, true);
        }
    }
}

// git clone URL [FOLDER]
void Judge::note_clone(const Action& stage) {
    const auto operands = stage.operands();
    std::size_t at = 0;
    const bool submodule = !operands.empty() && operands[0]->text == "submodule" && operands.size() > 2 && operands[1]->text == "add";
    at = submodule ? 1 : 0;
    while (!submodule && at < operands.size() && !any_of(operands[at]->text, {"clone", "checkout", "co", "export", "branch"})) {
        ++at;
    }
    if (!any_of(stage.name, {"git", "gh", "glab", "hg", "svn", "bzr", "fossil", "jj"}) || at + 1 >= operands.size()) {
        return;
    }
    std::size_t source = at + 1;
    for (std::size_t i = at + 1; i < operands.size(); ++i) {  // values of options stand before the address
        source = contains(operands[i]->text, "://") ? i : source;
    }
    const std::string& url = operands[source]->text;
    if (!contains(url, "://") && !(any_of(stage.name, {"gh", "glab"}) && contains(url, "/"))) {
        return;  // git@HOST:… asks who we are: one's own, mostly
    }
    std::string_view name = last_part(url);
    name = name.size() > 4 && name.substr(name.size() - 4) == ".git" ? name.substr(0, name.size() - 4) : name;
    const bool given = source + 1 < operands.size() && operands[source + 1]->text[0] != '-';
    std::string folder(given ? std::string_view(operands[source + 1]->text) : name);
    for (std::size_t i = 0; i + 1 < stage.args.size(); ++i) {  // git -C FOLDER clone
        folder = stage.args[i].text == "-C" && folder[0] != '/' ? stage.args[i + 1].text + "/" + folder : folder;
    }
    arrive_tree(folder, stage, is_open(url), true);
    if (stage.name == "svn") {
        arrive(folder, stage, is_open(url));
    }
}

// An archive that came from the network is unpacked.
void Judge::note_unpacked(const Action& stage, bool from_network) {
    const auto is_open_file = [this](std::string_view path) { return m_arrivals.open.count(normalized(path, m_cwd)) != 0; };
    if (unpacks(stage)) {
        bool whole = from_network;
        bool open = from_network && m_open_flow;
        std::string_view folder;
        for (std::size_t i = 0; i < stage.args.size(); ++i) {
            const std::string_view text = stage.args[i].text;
            const bool next = i + 1 < stage.args.size();
            if (any_of(text, {"-C", "-d", "--directory", "-D"}) && next) {
                folder = stage.args[i + 1].text;
            } else if (starts_with(text, "--directory=") || (starts_with(text, "-C") && text.size() > 2)) {
                folder = text.substr(text[1] == 'C' ? 2 : 12);
            } else if (starts_with(text, "-o") && text.size() > 2 && starts_with(stage.name, "7z")) {
                folder = text.substr(2);
            }
            whole = whole || arrived(text, Arrival::load);
            open = open || is_open_file(text);
        }
        if (whole) {
            arrive_tree(folder, stage, open, false);
        }
        return;
    }
    for (const auto* operand : stage.operands()) {
        const std::string& text = operand->text;
        const auto dot = text.rfind('.');
        if (any_of(stage.name, {"gunzip", "unxz", "bunzip2", "gzip", "xz", "bzip2", "zstd", "unzstd", "uncompress"}) && dot != std::string::npos &&
            arrived(text, Arrival::load)) {
            arrive(text.substr(0, dot), stage, is_open_file(text));
        }
    }
}

// Copies, and what compilers and filters make of what came from the network.
void Judge::note_made(const Action& stage, bool from_network) {
    const auto operands = stage.operands();
    const auto is_open_file = [this](std::string_view path) { return m_arrivals.open.count(normalized(path, m_cwd)) != 0; };
    for (std::size_t i = 0; i + 1 < operands.size() && any_of(stage.name, {"cp", "mv", "install", "ln"}); ++i) {
        const std::string& from = operands[i]->text;
        if (arrived(from, Arrival::load)) {
            arrive(operands.back()->text, stage, is_open_file(from));
            arrive(operands.back()->text + "/" + std::string(last_part(from)), stage, is_open_file(from));
        }
    }
    const bool piped = from_network && compiles(stage.name);  // curl … | gcc -x c - -o FILE
    const bool source = piped || (!m_arrivals.empty() && (compiles(stage.name) || filters(stage.name)) &&
                                  std::any_of(operands.begin(), operands.end(), [&](const auto* word) { return arrived(word->text, Arrival::load); }));
    if (source && compiles(stage.name)) {
        arrive("a.out", stage, false);
    }
    for (std::size_t i = 0; i < stage.args.size(); ++i) {
        const std::string& text = stage.args[i].text;
        if (source && any_of(text, {"-o", "-out", "--output"}) && i + 1 < stage.args.size()) {
            arrive(stage.args[i + 1].text, stage, false);
        } else if (from_network && stage.name == "dd" && starts_with(text, "of=")) {
            arrive(std::string_view(text).substr(3), stage, false);
        }
    }
    for (const auto* redirect : stage.redirects) {
        if (from_network && redirect->op.find('>') != std::string::npos && redirect->op != ">&") {
            arrive(redirect->target.text, stage, m_open_flow);
        }
    }
    if (from_network && any_of(stage.name, {"tee", "sponge"})) {
        for (const auto* operand : operands) {
            arrive(operand->text, stage, m_open_flow);
        }
    }
}

void Judge::note_arrivals(const Action& stage, bool from_network) {
    m_open_flow = from_network && (m_open_flow || is_open(stage));
    note_downloads(stage);
    note_transfers(stage);
    note_clone(stage);
    note_ansible(stage);
    note_gets(stage);
    note_mounts(stage);
    if (from_network || !m_arrivals.empty()) {
        note_unpacked(stage, from_network);
        note_made(stage, from_network);
    }
}

// Remembers where downloads and copies of secrets are put.
void Judge::note_files(const Action& stage, bool from_network, bool secret) {
    note_arrivals(stage, from_network);
    const auto add = [&](std::string_view path) {
        const std::string full = normalized(path, m_cwd);
        m_secret_copies.insert(full);
        if (is_public_place(full)) {
            find("secret.leak", path, stage.span);
        }
    };
    if (const std::string_view dump = dumped_to(stage); !dump.empty()) {
        add(dump);
    }
    const auto operands = stage.operands();
    const bool copies = any_of(stage.name, {"cp", "mv", "install", "ln"}) && operands.size() >= 2;
    for (std::size_t i = 0; i + 1 < operands.size() && any_of(stage.name, {"kubectl", "oc", "docker", "podman"}); ++i) {  // kubectl cp POD:/run/secrets/x x
        shell::Word inside = *operands[i];
        inside.text.erase(0, inside.text.find(":/") == std::string::npos ? inside.text.size() : inside.text.find(":/") + 1);
        if (stage.subcommand() == "cp" && !inside.text.empty() && is_secret(inside)) {
            add(operands.back()->text);
        }
    }
    for (const auto* operand : operands) {  // gzip COPY
        if (any_of(stage.name, {"gzip", "xz", "bzip2", "zstd", "lz4", "gpg"}) && is_secret(*operand)) {
            for (const std::string_view ending : {".gz", ".xz", ".bz2", ".zst", ".lz4", ".gpg"}) {
                add(operand->text + std::string(ending));
            }
        }
    }
    for (std::size_t i = 0; secret && stage.name == "install" && i + 1 < stage.args.size(); ++i) {
        const std::string mode = stage.args[i].text == "-m" ? stage.args[i + 1].text : "";
        if (!mode.empty() && mode.back() >= '4' && mode.back() <= '7') {  // … that others may read
            find("permission.open", stage.args.back().text, stage.span);
        }
    }
    if (secret && copies) {
        add(operands.back()->text);
    } else if (secret && any_of(stage.name, {"tar", "zip", "7z", "gpg", "openssl", "base64"}) && !operands.empty()) {
        for (const auto* operand : operands) {
            if (!is_secret(*operand)) {
                add(operand->text);
            }
        }
    }
    for (const auto* operand : operands) {
        if (secret && any_of(stage.name, {"tee", "sponge"})) {
            add(operand->text);
        } else if (secret && any_of(stage.name, {"split", "csplit"}) && operand == operands.back()) {
            add(operand->text + "*");
        }
    }
    for (const auto* redirect : stage.redirects) {
        if (secret && redirect->op.find('>') != std::string::npos) {
            add(redirect->target.text);
        }
    }
}

}  // namespace caro::safety
