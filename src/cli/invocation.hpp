// One run of caro after command line, environment and files are merged: all that a command needs to
// know.
#pragma once

#include "config/config.hpp"
#include "context/context.hpp"
#include "safety/report.hpp"
#include "util/cancel.hpp"
#include "util/clock.hpp"
#include "util/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace caro::cli {

enum class Output : std::uint8_t { plain, json, yaml };

struct Invocation {
    std::string request;      // the words of the ask joined by one space; valid UTF-8, not blank,
                              // within the limit
    std::string piped_input;  // head of standard input given as context; valid UTF-8, "" if none
    std::vector<std::string> operands;  // of a sub-command, without its name
    std::vector<std::string>
        warnings;           // what the user should know besides the answer, one line each
    config::Config config;  // every setting with its origin

    Output output = Output::plain;
    safety::Level safety = safety::Level::moderate;
    context::Shell shell = context::Shell::bash;  // -s, setting, or found out

    bool execute = false;      // -x
    bool yes = false;          // -y
    bool interactive = false;  // -i: show the menu even where caro would not
    bool dry_run = false;      // -n: never run anything
    bool verbose = false;
    bool quiet = false;
    bool no_input =
        false;           // never ask a question (nor read standard input, which was not done then)
    std::size_t alternatives = 0;  // -a: how many other commands are wanted
    bool batch = false;    // caro check --batch
    bool explain = false;  // caro check --explain
    bool updates = false;  // caro models list --updates
    std::string quantize;  // caro models import --quantize; "" = not given
    std::string name;      // caro models import --name
    std::size_t concurrency = 1;  // caro bench --concurrency
    std::size_t requests = 0;     // caro bench --requests; 0 = not given
    bool color = false;  // for standard error, decided
    bool stdin_tty = false;
    bool stdout_tty = false;
    bool stderr_tty = false;

    Stopwatch since_start;
    CancelToken* cancel = nullptr;  // set by SIGINT and SIGTERM; never null while a command runs
};

// The commands, one file each in cli/commands/. Each returns the exit status and has told the user
// all.
int run_ask(Invocation& invocation);
int run_check(Invocation& invocation);
int run_hook(Invocation& invocation);
int run_config(Invocation& invocation);
int run_backends(Invocation& invocation);
int run_bench(Invocation& invocation);
int run_doctor(Invocation& invocation);
int run_models(Invocation& invocation);

// Tells the user about an error in the form the invocation asks for (text on standard error, or
// JSON/YAML on standard output) and returns its exit status. See cli/error_text.hpp.
int report_error(const Error& error, const Invocation& invocation);

}  // namespace caro::cli
