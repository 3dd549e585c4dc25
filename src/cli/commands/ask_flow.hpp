// One ask from request to end: holds the back end, the current suggestion and what the user does with it.
#pragma once

#include <memory>
#include <vector>

#include "cli/invocation.hpp"
#include "engine/engine.hpp"
#include "infer/generator.hpp"
#include "ui/menu.hpp"

namespace caro::cli {

class AskFlow {
  public:
    explicit AskFlow(Invocation& invocation);
    ~AskFlow();
    AskFlow(const AskFlow&) = delete;
    AskFlow& operator=(const AskFlow&) = delete;

    // Asks the back end; shows progress and the growing command where a person watches.
    Result<> suggest();

    // Asks for up to `count` other commands; none if the model has no other way.
    Result<> find_alternatives(std::size_t count);

    const std::vector<engine::Suggestion>& alternatives() const { return m_alternatives; }

    const engine::Suggestion& suggestion() const { return m_suggestion; }

    // False for text that could not be parsed, or that shows otherwise than it runs.
    static bool runnable(const engine::Suggestion& suggestion);
    bool runnable() const { return runnable(m_suggestion); }

    // Runs exactly the judged bytes and returns their status; an error if they could not be started.
    Result<int> execute();

    // Shows the suggestion and the menu until the user has decided; returns the exit status.
    int menu(int in_fd, int out_fd);

    // True if the back end had to do work first that it keeps for the next time, if it can.
    bool prepared() const { return m_prepared; }

    // Milliseconds before the back end was asked.
    double startup_ms() const { return m_startup_ms; }

  private:
    void judge();
    void tell_piped_cut();
    void show(int out_fd) const;
    ui::MenuOptions menu_options(int out_fd) const;
    Result<> edit(int in_fd, int out_fd);
    Result<> choose_alternative(int in_fd, int out_fd);
    int interrupted() const;

    Invocation& m_invocation;
    context::Context m_context;
    prompt::Ask m_ask;
    std::unique_ptr<infer::Generator> m_generator;
    engine::Suggestion m_suggestion;
    std::vector<engine::Suggestion> m_alternatives;
    double m_startup_ms = 0;
    bool m_prepared = false;
};

// Tells why a command could not be started; returns 125, 126 or 127.
int report_run_failure(const Error& error, const Invocation& invocation);

}  // namespace caro::cli
