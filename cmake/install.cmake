# cmake --install: the library with its headers, as a CMake package and for pkg-config (docs/library.md);
# the program with its man page and what completes its commands in bash.
include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/forknet)

install(DIRECTORY include/forknet DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(TARGETS forknet_library EXPORT forknet-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT forknet-targets NAMESPACE forknet:: DESTINATION ${package_folder})
configure_package_config_file(cmake/forknet-config.cmake.in ${PROJECT_BINARY_DIR}/package/forknet-config.cmake
                              INSTALL_DESTINATION ${package_folder} NO_SET_AND_CHECK_MACRO)
# Before 1.0 each minor version may change what programs see.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/forknet-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/package/forknet-config.cmake
              ${PROJECT_BINARY_DIR}/package/forknet-config-version.cmake cmake/linked-libraries.cmake
        DESTINATION ${package_folder})

# Relative to where the file lies: the installed tree may be moved.
set(package_config_folder ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH prefix_from_pc /prefix/${package_config_folder} /prefix)
string(REGEX REPLACE "/$" "" prefix_from_pc ${prefix_from_pc})
configure_file(cmake/forknet.pc.in ${PROJECT_BINARY_DIR}/package/forknet.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/package/forknet.pc DESTINATION ${package_config_folder})

install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
if(TARGET forknet)
  install(TARGETS forknet RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(FILES docs/man/forknet.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES docs/completions/forknet.bash RENAME forknet
          DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
endif()
