// SIGINT and SIGTERM become a cancel token; what does not end soon after is ended.
#pragma once

#include <csignal>
#include <functional>
#include <string>

#include "util/cancel.hpp"

namespace caro::cli {

// From now on the first SIGINT or SIGTERM cancels `token` and the second one ends the process with
// status 130 or 143. A signal that was ignored when caro was started stays ignored. SIGPIPE is
// ignored, so that a reader that goes away becomes a write error. The token must outlive the
// process's last signal.
void install_signal_handlers(CancelToken& token);

// The signal that cancelled the token; 0 if none did.
int cancelling_signal() noexcept;

// Called before caro ends in the middle of its work, for example to give the terminal its old mode back; in signal
// context if watch_signals() was not called, so with async-signal-safe calls only. nullptr removes it.
void set_emergency_hook(void (*hook)()) noexcept;

// Starts a thread that ends the process when it has not ended within a few hundredths of a second after the first
// signal: a library may be in the middle of something long, or the kernel in reading a gigabyte. It then removes
// unfinished files, calls the hook and writes what `last_words` returns to `fd`. To be called once. If no thread can be
// had, the token is all there is.
void watch_signals(std::function<std::string()> last_words, int fd) noexcept;

// To be called before the end is told to the user, where it may be because of a signal: makes sure that it is told
// once. Does not return if the watching thread is about to end the process.
void claim_last_word() noexcept;

// While it lives, SIGINT and SIGTERM come to the watching thread and not to this one, which may be in a system call
// that no handler can interrupt. Threads started meanwhile leave them alone too. No programs may be started
// meanwhile: they would inherit that.
class SignalsElsewhere {
  public:
    SignalsElsewhere() noexcept;
    ~SignalsElsewhere();
    SignalsElsewhere(const SignalsElsewhere&) = delete;
    SignalsElsewhere& operator=(const SignalsElsewhere&) = delete;

  private:
    sigset_t m_before{};
    bool m_changed = false;
};

}  // namespace caro::cli
