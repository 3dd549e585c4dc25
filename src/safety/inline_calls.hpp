// Which calls of the languages inline_code.cpp reads do what.
#pragma once

#include <array>
#include <string_view>

#include "safety/inline_code.hpp"

namespace caro::safety {

struct Call {
    std::string_view name;  // after the last separator
    ProgramAct act;
    std::size_t argument;   // which argument is the word; 9 = the receiver (Path("x").unlink())
};

// Calls by name. What a name means hardly differs between the languages; where it does, the worse meaning is taken.
inline constexpr std::array k_calls = {
    Call{"system", ProgramAct::shell, 0},
    Call{"popen", ProgramAct::shell, 0},
    Call{"getoutput", ProgramAct::shell, 0},
    Call{"getstatusoutput", ProgramAct::shell, 0},
    Call{"check_output", ProgramAct::shell, 0},
    Call{"check_call", ProgramAct::shell, 0},
    Call{"Popen", ProgramAct::shell, 0},
    Call{"create_subprocess_shell", ProgramAct::shell, 0},
    Call{"shell_exec", ProgramAct::shell, 0},
    Call{"passthru", ProgramAct::shell, 0},
    Call{"proc_open", ProgramAct::shell, 0},
    Call{"execSync", ProgramAct::shell, 0},
    Call{"spawnSync", ProgramAct::shell, 0},
    Call{"execFileSync", ProgramAct::shell, 0},
    Call{"execFile", ProgramAct::shell, 0},
    Call{"spawn", ProgramAct::shell, 0},
    Call{"capture2", ProgramAct::shell, 0},
    Call{"capture3", ProgramAct::shell, 0},
    Call{"rmtree", ProgramAct::remove_tree, 0},
    Call{"urlretrieve", ProgramAct::download, 1},
    Call{"getstore", ProgramAct::download, 1},
    Call{"remove_tree", ProgramAct::remove_tree, 0},
    Call{"rm_rf", ProgramAct::remove_tree, 0},
    Call{"rm_r", ProgramAct::remove_tree, 0},
    Call{"remove_dir", ProgramAct::remove_tree, 0},
    Call{"remove_entry_secure", ProgramAct::remove_tree, 0},
    Call{"rmSync", ProgramAct::remove, 0},
    Call{"rmdirSync", ProgramAct::remove, 0},
    Call{"unlinkSync", ProgramAct::remove, 0},
    Call{"removeSync", ProgramAct::remove, 0},
    Call{"emptyDirSync", ProgramAct::remove_tree, 0},
    Call{"removedirs", ProgramAct::remove, 0},
    Call{"rmdir", ProgramAct::remove, 0},
    Call{"unlink", ProgramAct::remove, 0},
    Call{"write_text", ProgramAct::write, 9},
    Call{"write_bytes", ProgramAct::write, 9},
    Call{"file_put_contents", ProgramAct::write, 0},
    Call{"writeFileSync", ProgramAct::write, 0},
    Call{"writeFile", ProgramAct::write, 0},
    Call{"appendFileSync", ProgramAct::append, 0},
    Call{"appendFile", ProgramAct::append, 0},
    Call{"truncate", ProgramAct::truncate, 0},
    Call{"truncateSync", ProgramAct::truncate, 0},
    Call{"copyfile", ProgramAct::write, 1},
    Call{"copyFileSync", ProgramAct::write, 1},
    Call{"rename", ProgramAct::move, 0},
    Call{"renameSync", ProgramAct::move, 0},
    Call{"mkdir", ProgramAct::append, 0},
    Call{"makedirs", ProgramAct::append, 0},
    Call{"mkdirSync", ProgramAct::append, 0},
    Call{"symlink", ProgramAct::append, 1},
    Call{"touch", ProgramAct::append, 0},
    Call{"mkdir_p", ProgramAct::append, 0},
    Call{"makedir", ProgramAct::append, 0},
    Call{"mkpath", ProgramAct::append, 0},
    Call{"make_path", ProgramAct::append, 0},
    Call{"mkdirp", ProgramAct::append, 0},
    Call{"ln_s", ProgramAct::append, 1},
    Call{"cp_r", ProgramAct::write, 1},
    Call{"copytree", ProgramAct::append, 1},
    Call{"deleteRecursively", ProgramAct::remove_tree, 9},
    Call{"deleteDir", ProgramAct::remove_tree, 9},
    Call{"deleteDirectory", ProgramAct::remove_tree, 0},
    Call{"deleteQuietly", ProgramAct::remove_tree, 0},
    Call{"removeItem", ProgramAct::remove_tree, 0},
    Call{"ProcessBuilder", ProgramAct::shell, 0},
    Call{"Cmd", ProgramAct::shell, 0},
    Call{"system2", ProgramAct::shell, 0},
    Call{"deleteIfExists", ProgramAct::remove, 0},
};

// Names that need their module before them, since other things are called so too.
inline constexpr std::array k_full_calls = {
    Call{"subprocess.run", ProgramAct::shell, 0},   Call{"subprocess.call", ProgramAct::shell, 0},
    Call{"child_process.exec", ProgramAct::shell, 0}, Call{"os.remove", ProgramAct::remove, 0},
    Call{"shutil.move", ProgramAct::move, 0},       Call{"shutil.copy", ProgramAct::write, 1},
    Call{"FileUtils.rm", ProgramAct::remove, 0},    Call{"FileUtils.rm_f", ProgramAct::remove, 0},
    Call{"FileUtils.mv", ProgramAct::move, 0},      Call{"FileUtils.cp", ProgramAct::write, 1},
    Call{"File.delete", ProgramAct::remove, 0},     Call{"Dir.delete", ProgramAct::remove, 0},
    Call{"File.write", ProgramAct::write, 0},       Call{"IO.write", ProgramAct::write, 0},
    Call{"Deno.remove", ProgramAct::remove, 0},     Call{"fs.rm", ProgramAct::remove, 0},
    Call{"Kernel.exec", ProgramAct::shell, 0},      Call{"os.execute", ProgramAct::shell, 0},
    Call{"pty.spawn", ProgramAct::shell, 0},
    Call{"file.remove", ProgramAct::remove, 0},     Call{"System.cmd", ProgramAct::shell, 0},
    Call{"System.shell", ProgramAct::shell, 0},     Call{"os.cmd", ProgramAct::shell, 0},
    Call{"File.rm", ProgramAct::remove, 0},         Call{"Files.delete", ProgramAct::remove, 0},
    Call{"FileUtils.rm_rf", ProgramAct::remove_tree, 0},
    Call{"Bun.spawn", ProgramAct::shell, 0},        Call{"Deno.run", ProgramAct::shell, 0},
};

}  // namespace caro::safety
