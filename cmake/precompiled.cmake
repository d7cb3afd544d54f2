# Standard and library headers parsed once for all files of a kind: nearly half of the time of a build
# went into reading them again. Sources still include what they use; a build with -DFORKNET_PCH=OFF
# and clang-tidy, which reads the sources alone, hold that.
option(FORKNET_PCH "parse the headers of libraries once" ON)

# forknet_headers(NAME LIBRARIES library... OPTIONS option... HEADERS header...): the headers as NAME,
# for forknet_use_headers(TARGET NAME). A target that uses them is compiled with the same options.
function(forknet_headers name)
  cmake_parse_arguments(PCH "" "" "LIBRARIES;OPTIONS;HEADERS" ${ARGN})
  if(NOT FORKNET_PCH)
    return()
  endif()
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${name}.cc)
  file(CONFIGURE OUTPUT ${source} CONTENT "// Holds the parsed headers.\n")
  add_library(${name} OBJECT ${source})
  target_link_libraries(${name} PRIVATE forknet_flags ${PCH_LIBRARIES})
  target_compile_options(${name} PRIVATE ${PCH_OPTIONS})
  target_precompile_headers(${name} PRIVATE ${PCH_HEADERS})
endfunction()

function(forknet_use_headers target name)
  if(TARGET ${name})
    target_precompile_headers(${target} REUSE_FROM ${name})
  endif()
endfunction()

set(parsed <algorithm> <array> <cstdint> <filesystem> <functional> <map> <memory> <optional> <span> <string>
           <string_view> <variant> <vector> <fmt/format.h>)
forknet_headers(forknet_headers_of_sources LIBRARIES Threads::Threads forknet::xxhash fmt::fmt HEADERS ${parsed})
# Apart, because a compiler takes a third of a second to load JSON's, whether a file uses them or not.
forknet_headers(forknet_headers_with_json
                LIBRARIES Threads::Threads forknet::xxhash fmt::fmt nlohmann_json::nlohmann_json
                HEADERS ${parsed} <nlohmann/json.hpp>)
set(FORKNET_KERNEL_OPTIONS "" CACHE STRING "more options for floors with kernels, of a build that is not optimised")
if(FORKNET_KERNEL_OPTIONS)
  forknet_headers(forknet_headers_of_kernels LIBRARIES Threads::Threads forknet::xxhash fmt::fmt
                  OPTIONS ${FORKNET_KERNEL_OPTIONS} HEADERS ${parsed})
endif()
