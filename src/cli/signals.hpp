// SIGINT and SIGTERM become a cancel token; a second one ends the program at once.
#pragma once

#include "util/cancel.hpp"

namespace caro::cli {

// From now on the first SIGINT or SIGTERM cancels `token` and the second one ends the process with
// status 130 or 143. A signal that was ignored when caro was started stays ignored. SIGPIPE is
// ignored, so that a reader that goes away becomes a write error. The token must outlive the
// process's last signal.
void install_signal_handlers(CancelToken& token);

// The signal that cancelled the token; 0 if none did.
int cancelling_signal() noexcept;

// Called (in signal context: async-signal-safe calls only) before a second signal ends the process,
// for example to give the terminal its old mode back. nullptr removes it.
void set_emergency_hook(void (*hook)()) noexcept;

}  // namespace caro::cli
