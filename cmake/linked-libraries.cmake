# The libraries that a program with forknet links, all of them packages of Debian 12. Read by forknet's own
# build and, installed beside the CMake package, by find_package(forknet).
set(FORKNET_LINKED_PACKAGES Threads ZLIB fmt LibArchive LibLZMA)
set(FORKNET_LINKED_LIBRARIES Threads::Threads ZLIB::ZLIB fmt::fmt LibArchive::LibArchive LibLZMA::LibLZMA)

# forknet_find_library(NAME HEADER PACKAGE): forknet::NAME, for a library without a CMake package. A missing
# one is added to FORKNET_MISSING, by the name of its Debian package.
set(FORKNET_MISSING)
macro(forknet_find_library name header package)
  find_path(FORKNET_${name}_INCLUDE ${header})
  find_library(FORKNET_${name}_LIBRARY ${name})
  mark_as_advanced(FORKNET_${name}_INCLUDE FORKNET_${name}_LIBRARY)
  list(APPEND FORKNET_LINKED_LIBRARIES forknet::${name})
  if(NOT FORKNET_${name}_INCLUDE OR NOT FORKNET_${name}_LIBRARY)
    list(APPEND FORKNET_MISSING ${package})
  elseif(NOT TARGET forknet::${name})
    add_library(forknet::${name} INTERFACE IMPORTED GLOBAL)
    target_include_directories(forknet::${name} SYSTEM INTERFACE ${FORKNET_${name}_INCLUDE})
    target_link_libraries(forknet::${name} INTERFACE ${FORKNET_${name}_LIBRARY})
  endif()
endmacro()
forknet_find_library(hwy hwy/highway.h libhwy-dev)
forknet_find_library(xxhash xxhash.h libxxhash-dev)
forknet_find_library(spng spng.h libspng-dev)
forknet_find_library(turbojpeg turbojpeg.h libturbojpeg0-dev)
