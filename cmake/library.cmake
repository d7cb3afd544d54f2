# The public library, forknet::forknet: one archive, libforknet.a, of the objects of all floors. Programs
# that use it see include/ and link what cmake/linked-libraries.cmake finds; nothing of src/ is theirs.
include(GNUInstallDirs)
get_property(forknet_floors GLOBAL PROPERTY FORKNET_FLOORS)
set(forknet_objects ${forknet_floors})
list(TRANSFORM forknet_objects REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>")
add_library(forknet_library STATIC ${forknet_objects})
set_target_properties(forknet_library PROPERTIES OUTPUT_NAME forknet EXPORT_NAME forknet LINKER_LANGUAGE CXX
                                                 ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
target_compile_features(forknet_library INTERFACE cxx_std_20)
target_include_directories(forknet_library INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                                     $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_options(forknet_library INTERFACE -Wl,--build-id)  # a cell is the same program again (os/build_id.h)
target_link_libraries(forknet_library PRIVATE ${FORKNET_LINKED_LIBRARIES})
add_library(forknet::forknet ALIAS forknet_library)

# For what belongs to this project and includes from src/: the program, the benchmarks.
add_library(forknet_all_floors INTERFACE)
target_link_libraries(forknet_all_floors INTERFACE ${forknet_floors})
