// Page tables of mapped model weights. For a gigabyte of 4 KiB pages the kernel fills and clears them in a tenth of a
// second on one processor; several threads share that work.
#pragma once

#include <cstddef>

#include "util/cancel.hpp"

namespace caro {

// Files smaller than this, in bytes, are left to the system.
inline constexpr std::size_t k_large_mapping = 64UL * 1024 * 1024;

// Brings [address, address + size) of a readable file mapping into the page table, reading what is not in memory yet,
// with up to `threads` threads that take it in order, a few MiB at a time. Returns early when `cancel` says so. Only on
// Linux 5.14 or newer; elsewhere nothing happens, and the pages come at their first use.
void populate_mapping(void* address, std::size_t size, int threads, const CancelToken& cancel) noexcept;

// Clears the page tables of this process's large read-only shared file mappings with several threads, so that its end,
// which would do that with one, takes less time. What is still used comes back at its next use. Linux only; elsewhere
// nothing happens. From any thread, not from a signal handler.
void clear_large_mappings() noexcept;

}  // namespace caro
