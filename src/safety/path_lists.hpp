// Names of files and folders that paths.cpp knows.
#pragma once

#include <array>
#include <string_view>
#include <utility>

namespace caro::safety {

inline constexpr std::array<std::string_view, 28> k_system = {
    "bin",  "boot", "dev",   "etc",    "lib",   "lib32", "lib64", "libx32", "opt",     "proc",         "root",
    "run",  "sbin", "srv",   "sys",    "usr",   "var",   "home",  "mnt",    "media",   "Applications", "Library",
    "System", "Users", "private", "Volumes", "snap", "nix"};

// Folders with programs and libraries, in / and in /usr.
inline constexpr std::array<std::string_view, 7> k_program_folders = {"bin",    "sbin",   "lib",    "lib32",
                                                                      "lib64", "libx32", "libexec"};

inline constexpr std::array<std::string_view, 21> k_core_folders = {
    "/",        "/bin",     "/sbin",     "/lib",     "/lib32",     "/lib64",       "/usr",
    "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib64", "/usr/libexec", "/etc",     "/boot",
    "/dev",     "/proc",    "/sys",      "/System",  "/etc/ssh",   "/etc/systemd", "/var/lib"};

inline constexpr std::array<std::string_view, 43> k_artefacts = {
    "node_modules", "build", "dist", "target", "out", "bin-debug", "__pycache__", ".pytest_cache", ".mypy_cache",
    ".cache", ".tox", ".venv", "venv", ".next", ".nuxt", "coverage", "htmlcov", ".gradle", ".parcel-cache", "tmp",
    "temp", ".eggs", "cmake-build-debug", "CMakeFiles", ".terraform", "bower_components", ".turbo", ".ruff_cache",
    "_build", "obj", ".nyc_output", ".sass-cache", "DerivedData", ".svelte-kit", ".Trash", "Trash", "cache",
    "Caches", "_cacache", "bundle", ".npm", "Pods", "Carthage"};

inline constexpr std::array<std::string_view, 11> k_artefact_endings = {
    ".o", ".pyc", ".tmp", ".log", ".bak", ".swp", "~", ".class", ".egg-info", ".pid", ".lock"};

inline constexpr std::array<std::string_view, 15> k_vital_files = {
    "/etc/passwd",  "/etc/shadow",        "/etc/group",       "/etc/fstab",         "/etc/sudoers",  "/etc/gshadow",
    "/etc/crypttab", "/boot/grub/grub.cfg", "/etc/hosts.deny", "/etc/ld.so.preload", "/etc/inittab", "/etc/pam.conf",
    "/etc/nsswitch.conf", "/etc/ssh/sshd_config", "/etc/ld.so.conf"};

// Folders of such files.
inline constexpr std::array<std::string_view, 5> k_vital_folders = {"/etc/pam.d", "/etc/systemd/system", "/etc/ssh", "/etc/ssl", "/sys/firmware/efi/efivars"};

// Endings of files, not folders: rm -r does no more to them than rm.
inline constexpr std::array<std::string_view, 24> k_file_endings = {
    ".json", ".txt", ".lock", ".md",  ".zip", ".gz",  ".tgz",  ".tar", ".csv", ".png", ".jpg",  ".jpeg",
    ".pdf",  ".yml", ".yaml", ".xml", ".xz",  ".bz2", ".html", ".iso", ".deb", ".rpm", ".toml", ".sqlite-wal"};

// Endings of what people write, draw and record.
inline constexpr std::array<std::string_view, 79> k_work_endings = {
    "raw",  "cr2",  "cr3", "nef", "arw", "dng", "tif", "tiff",
    "conf", "cfg", "ini", "bib", "odp", "psd", "heic", "flac", "m4a", "webm", "epub", "scala", "vue", "el",
    "py",   "c",    "h",    "cc",   "cpp",  "hpp",  "rs",   "go",  "java", "kt",   "swift", "js",   "ts",  "jsx",  "tsx",
    "rb",   "php",  "pl",   "lua",  "sh",   "sql",  "html", "css", "md",   "txt",  "rst",   "tex",  "doc", "docx", "odt",
    "xls",  "xlsx", "ods",  "ppt",  "pptx", "pdf",  "csv",  "json", "yaml", "yml", "toml",  "xml",  "ipynb", "jpg", "jpeg",
    "png",  "gif",  "svg",  "mp3",  "wav",  "mp4",  "mov",  "avi", "mkv",  "db",   "sqlite", "key"};

// Files right in /etc that programs of all kinds depend on.
inline constexpr std::array<std::string_view, 15> k_etc_files = {
    "/etc/hosts",   "/etc/resolv.conf", "/etc/profile",    "/etc/environment", "/etc/bash.bashrc",
    "/etc/sysctl.conf", "/etc/crontab", "/etc/login.defs", "/etc/services",    "/etc/hostname",
    "/etc/localtime", "/etc/machine-id", "/etc/shells",    "/etc/rc.local",    "/etc/ssl/openssl.cnf"};

inline constexpr std::array<std::string_view, 15> k_login_files = {
    ".bashrc",  ".bash_profile", ".profile", ".zshrc",      ".zprofile",          ".zshenv",    ".ssh/authorized_keys", ".ssh/config",
    ".bash_login", ".config/fish/config.fish", ".bash_logout", ".xinitrc", ".xsession", ".login", ".cshrc"};

// Keys: whoever loses or leaks them has a problem.
inline constexpr std::array<std::string_view, 19> k_key_parts = {
    "/.ssh/id_", "/.ssh/*", "/.gnupg", "/.aws/credentials", "/.pgpass", "/.password-store", "/etc/ssl/private",
    "/ssh_host_", "/etc/shadow", "/etc/gshadow", "/.bitcoin/wallet", "/.ethereum/keystore", "/Login Data",
    "/.config/gcloud", "/.azure/", "/.vault-token", "/.electrum/wallets", "/login data", "/system32/config/sam"};

inline constexpr std::array<std::string_view, 8> k_key_folders = {
    "/.ssh", "/.aws", "/.gnupg", "/.kube", "/.azure", "/.config/gcloud", "/.password-store", "/Library/Keychains"};

inline constexpr std::array<std::string_view, 57> k_secret_parts = {
    "/.netrc", "/.kube/config", "/.docker/config.json", "/.git-credentials", "/.npmrc", "/.pypirc",
    "/.bash_history", "/.zsh_history", "/etc/sudoers", "/.config/gh/hosts.yml", "/.my.cnf", "/Library/Keychains",
    "/cookies.sqlite", "/logins.json", "/key4.db", "/.config/rclone/rclone.conf",
    "/.mozilla/firefox", "/.thunderbird", "/.config/google-chrome", "/.config/chromium", "/.config/BraveSoftware", "/Google/Chrome",
    "/Firefox/Profiles", "/NetworkManager/system-connections", "/etc/wpa_supplicant", "/.local/share/keyrings", "/.config/op/",
    "/.config/Bitwarden", "/.terraform.d/credentials", "/.cargo/credentials", "/.gem/credentials", "/.composer/auth.json",
    "/.config/hub", "/.config/doctl", "/.oci/", "/.s3cfg", "/.boto", "/.config/filezilla", "/krb5.keytab", "/etc/kubernetes/admin.conf",
    "/k3s.yaml", "/run/secrets", "/wallet.dat", "/.config/solana/id.json", "/.monero", "/etc/letsencrypt/live", "/etc/wireguard",
    "/.config/sops/age", "/.config/github-copilot", "/.bitmonero", "/.gnome2/keyrings", "/.config/heroku", "/.fly/config", "/.msmtprc", "/wp-config.php", "/config/master.key", "/.local/share/atuin"};

inline constexpr std::array<std::string_view, 21> k_secret_ends = {"/server.key", "/private.key", "/tls.key", "/privkey.key", "/.env", ".pem", "/.env.production", "/.env.local",
                                                                  "_rsa",  ".p12", ".pfx", ".jks", ".ppk", ".keystore", "/.env.staging", "/.env.prod", "/.envrc", "/id_ed25519", "/id_ecdsa", "/.ssh/known_hosts.old", "/environ"};

inline constexpr std::array<std::string_view, 14> k_trace_files = {
    "/var/log/auth.log", "/var/log/secure", "/var/log/wtmp",   "/var/log/btmp",  "/var/log/lastlog",
    "/var/log/audit",    "/var/log/messages", "/var/log/journal", "/.bash_history", "/.zsh_history",
    "/.history",         "/.python_history", "/var/log/faillog", "/.local/share/fish/fish_history"};

inline constexpr std::array<std::string_view, 30> k_disks = {
    "sd",   "hd",      "vd",  "xvd",  "nvme", "mmcblk", "disk", "rdisk", "md",    "dm-",
    "loop", "mapper/", "mem", "kmem", "port", "sr",     "mtd",  "zram",  "block", "nbd", "ada",
    "da",   "nda",     "nvd", "sg",   "st0", "bcache", "pmem",   "drbd",  "rbd"};

inline constexpr std::array<std::string_view, 22> k_windows_secrets = {
    "/.ssh/id", "/.aws", "/.azure", "/.gnupg", "/.kube", "/gcloud/", "/gh/hosts.yml", "/github cli/hosts.yml", "/login data", "/cookies", "/user data/default", "/mozilla/firefox/profiles",
    "/microsoft/credentials", "/microsoft/protect", "/microsoft/vault", "/consolehost_history", "/ntds.dit", "/unattend.xml", "/winscp.ini", "/wallet.dat", "/exodus/", "/_netrc"};

inline constexpr std::array<std::string_view, 8> k_windows_folders = {
    "windows", "program files", "program files (x86)", "programdata", "boot", "recovery", "system volume information", "winnt"};

inline constexpr std::array<std::pair<std::string_view, std::string_view>, 24> k_windows_variables = {{
    {"%systemroot%", "c:/windows"},
    {"%windir%", "c:/windows"},
    {"%systemdrive%", "c:"},
    {"%userprofile%", "c:/users/me"},
    {"%homepath%", "c:/users/me"},
    {"%programfiles%", "c:/program files"},
    {"$env:systemroot", "c:/windows"},
    {"$env:windir", "c:/windows"},
    {"$env:systemdrive", "c:"},
    {"$env:userprofile", "c:/users/me"},
    {"$env:programfiles", "c:/program files"},
    {"$env:programdata", "c:/programdata"},
    {"%programdata%", "c:/programdata"},
    {"$env:localappdata/temp", "c:/temp"},
    {"$env:localappdata", "c:/users/me/appdata/local"},
    {"%localappdata%", "c:/users/me/appdata/local"},
    {"$env:appdata", "c:/users/me/appdata/roaming"},
    {"%appdata%", "c:/users/me/appdata/roaming"},
    {"$env:temp", "c:/temp"},
    {"%temp%", "c:/temp"},
    {"$env:homepath", "c:/users/me"},
    {"$env:homedrive", "c:"},
    {"$home", "c:/users/me"},
    {"hklm:", "c:/windows"},
}};

}  // namespace caro::safety
