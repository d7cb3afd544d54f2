# forknet_floor(NAME BELOW floor... LIBRARIES library...): the library of src/NAME, from every .cc
# file there. It sees only the floors it names (docs/architecture.md). DESCRIBES: a floor that reads
# and writes text and computes nothing; there -O3 of JSON's templates takes time and brings none.
# KERNELS: a floor with kernels, in which a run spends its time. MANY: of many small files, which may be
# compiled together; ALONE: but for these, in which time is spent.
set(forknet_describes $<$<CONFIG:Release>:-O1>)
option(FORKNET_TOGETHER "compile files of a floor together: faster from empty, slower after a change" OFF)
set(FORKNET_KERNEL_OPTIONS "" CACHE STRING "more options for the kernels, of a build that is not optimised")

# forknet_optimise_kernels(SOURCE...): kernels, and references that tests compare them with, get
# FORKNET_KERNEL_OPTIONS; then they cannot have the parsed headers, which must be compiled with the same options.
function(forknet_optimise_kernels)
  if(NOT FORKNET_KERNEL_OPTIONS)
    return()
  endif()
  foreach(file ${ARGN})
    file(STRINGS ${file} for_targets LIMIT_COUNT 1 REGEX "hwy/foreach_target.h")
    if(for_targets OR file MATCHES "reference")
      set_source_files_properties(${file} PROPERTIES COMPILE_OPTIONS "${FORKNET_KERNEL_OPTIONS}"
                                                     SKIP_PRECOMPILE_HEADERS ON)
    endif()
  endforeach()
endfunction()

function(forknet_floor name)
  cmake_parse_arguments(FLOOR "DESCRIBES;KERNELS;MANY" "" "BELOW;LIBRARIES;ALONE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cc)
  if(sources)
    add_library(forknet_${name} STATIC ${sources})
    set_property(GLOBAL APPEND PROPERTY FORKNET_FLOORS forknet_${name})  # of cmake/library.cmake
    set(kind PUBLIC)
    target_link_libraries(forknet_${name} PRIVATE forknet_flags)
    if(FLOOR_DESCRIBES)
      target_compile_options(forknet_${name} PRIVATE ${forknet_describes})
    endif()
    if(FLOOR_DESCRIBES OR FLOOR_MANY)
      # A type that only one file knows is not known to others, whatever stands beside it.
      set_target_properties(forknet_${name} PROPERTIES UNITY_BUILD ${FORKNET_TOGETHER} UNITY_BUILD_BATCH_SIZE 16)
      target_compile_options(forknet_${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
    endif()
    foreach(file ${FLOOR_ALONE})
      set_source_files_properties(${PROJECT_SOURCE_DIR}/src/${name}/${file} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endforeach()
    if(FLOOR_KERNELS)
      forknet_optimise_kernels(${sources})
    endif()
    if(nlohmann_json::nlohmann_json IN_LIST FLOOR_LIBRARIES)
      forknet_use_headers(forknet_${name} forknet_headers_with_json)
    else()
      forknet_use_headers(forknet_${name} forknet_headers_of_sources)
    endif()
  else()
    add_library(forknet_${name} INTERFACE)
    set(kind INTERFACE)
  endif()
  target_include_directories(forknet_${name} ${kind} ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
  foreach(below ${FLOOR_BELOW})
    target_link_libraries(forknet_${name} ${kind} forknet_${below})
  endforeach()
  target_link_libraries(forknet_${name} ${kind} ${FLOOR_LIBRARIES})
endfunction()
