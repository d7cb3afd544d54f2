# Every dependency is a package of Debian 12; scripts/install-packages.sh installs them. Targets that are
# made here have forknet in their names: another project around this one may have an hwy of its own.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)  # a project around this one links them too
include(cmake/linked-libraries.cmake)
if(FORKNET_MISSING)
  list(JOIN FORKNET_MISSING " " missing)
  message(FATAL_ERROR "forknet needs ${missing}: scripts/install-packages.sh build, or install them by hand")
endif()
foreach(package ${FORKNET_LINKED_PACKAGES})
  find_package(${package} REQUIRED)
endforeach()

# Headers alone, and only while forknet is built.
find_package(nlohmann_json REQUIRED)
find_path(TOMLPLUSPLUS_INCLUDE toml++/toml.h REQUIRED)
add_library(forknet_tomlplusplus INTERFACE)
target_include_directories(forknet_tomlplusplus SYSTEM INTERFACE ${TOMLPLUSPLUS_INCLUDE})

# Of the program: its options, downloads.
if(FORKNET_PROGRAM)
  find_path(CLI11_INCLUDE CLI/CLI.hpp REQUIRED)
  add_library(forknet_cli11 INTERFACE)
  target_include_directories(forknet_cli11 SYSTEM INTERFACE ${CLI11_INCLUDE})
  find_package(CURL REQUIRED)
  find_package(OpenSSL REQUIRED)
endif()
