// Counts the allocations of a test program by replacing operator new. Included by one source of the
// program: a program may replace it once. ThreadSanitizer of Clang 14 brings its own that no
// program can replace; under it nothing is counted, and `counts_allocations` says so.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

#if defined(__SANITIZE_THREAD__)
#define FORKNET_COUNTS_ALLOCATIONS 0
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define FORKNET_COUNTS_ALLOCATIONS 0
#endif
#endif
#ifndef FORKNET_COUNTS_ALLOCATIONS
#define FORKNET_COUNTS_ALLOCATIONS 1
#endif

namespace forknet {

inline constexpr bool counts_allocations = FORKNET_COUNTS_ALLOCATIONS == 1;
inline std::atomic<std::uint64_t> allocation_count{0};  // relaxed: only a number

// How often any thread of this program has called operator new so far.
[[nodiscard]] inline std::uint64_t allocations() {
  return allocation_count.load(std::memory_order_relaxed);
}

// Null when there is no memory.
inline void* counted_memory(std::size_t bytes) {
  allocation_count.fetch_add(1, std::memory_order_relaxed);
  return std::malloc(bytes == 0 ? 1 : bytes);
}
inline void* counted_allocation(std::size_t bytes) {
  void* memory = counted_memory(bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace forknet

#if FORKNET_COUNTS_ALLOCATIONS
void* operator new(std::size_t bytes) { return forknet::counted_allocation(bytes); }
void* operator new[](std::size_t bytes) { return forknet::counted_allocation(bytes); }
// Without these two a sanitizer would put its own in their place, which `delete` below cannot free.
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return forknet::counted_memory(bytes);
}
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept {
  return forknet::counted_memory(bytes);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
#endif
