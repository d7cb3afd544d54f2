# Flags every target of forknet is built with. The bits of a sum may not depend on the compiler, so
# contraction of a*b+c is off; fused operations are written as such (docs/numerics.md).
add_library(forknet_flags INTERFACE)
target_compile_options(forknet_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                                               -Wno-sign-conversion -ffp-contract=off)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Vectors of Highway cross inlined functions only. GCC 12 sees overlaps in std::string that are not
  # there (its bug 105329). It collects its garbage when it holds 512 MiB, not 128: a build takes a
  # tenth less time, and at most 1.2 GiB a job.
  target_compile_options(forknet_flags INTERFACE -Wno-psabi -Wno-restrict --param=ggc-min-heapsize=524288)
endif()
# A program loads the libraries it uses. Of Highway these are the headers: its library measures the clock
# whenever a process starts, for 4 ms.
target_link_options(forknet_flags INTERFACE -Wl,--as-needed)
if(FORKNET_WERROR)
  target_compile_options(forknet_flags INTERFACE -Werror)
endif()
if(FORKNET_SANITIZE)
  list(JOIN FORKNET_SANITIZE "," FORKNET_SANITIZE_LIST)
  target_compile_options(forknet_flags INTERFACE -fsanitize=${FORKNET_SANITIZE_LIST}
                                                 -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(forknet_flags INTERFACE -fsanitize=${FORKNET_SANITIZE_LIST})
endif()
find_program(FORKNET_CCACHE ccache)
if(FORKNET_CCACHE AND PROJECT_IS_TOP_LEVEL AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${FORKNET_CCACHE})
endif()
