# What `cmake --install` puts where, and the packages that `cpack` makes of it. Three components: daemon
# (programs), library (what a program needs that embeds us), development (what building it needs).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(packaging ${CMAKE_CURRENT_LIST_DIR})
set(made ${PROJECT_BINARY_DIR}/packaging)
file(MAKE_DIRECTORY ${made})

# ---- The library --------------------------------------------------------------------------------
# Of the layers these two whole, since what they offer is public; of the others what those need.
set(whole $<TARGET_FILE:tmesh_embed> $<TARGET_FILE:tmesh_client>)
list(TRANSFORM TMESH_LAYERS REPLACE "(.+)" "$<TARGET_FILE:\\1>" OUTPUT_VARIABLE layers)

file(CONFIGURE OUTPUT ${made}/nothing.c CONTENT "// All of it comes from the layers.\n")
add_library(taskmesh_shared SHARED ${made}/nothing.c)
set_target_properties(taskmesh_shared PROPERTIES OUTPUT_NAME taskmesh
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
target_link_libraries(taskmesh_shared PRIVATE -Wl,--whole-archive ${whole} -Wl,--no-whole-archive tmesh_embed)
target_link_options(taskmesh_shared PRIVATE -Wl,-z,defs)
add_dependencies(taskmesh_shared ${TMESH_LAYERS})

# One object in which everything hidden has become local: nothing of the inside can clash with names of
# the program it is linked into.
add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/libtaskmesh.a
    COMMAND ${CMAKE_C_COMPILER} -r -nostdlib -o ${made}/taskmesh.o
        -Wl,--whole-archive ${whole} -Wl,--no-whole-archive
        -Wl,--start-group ${layers} -Wl,--end-group
    COMMAND ${CMAKE_OBJCOPY} --localize-hidden ${made}/taskmesh.o
    COMMAND ${CMAKE_COMMAND} -E rm -f ${PROJECT_BINARY_DIR}/libtaskmesh.a
    COMMAND ${CMAKE_AR} rcs ${PROJECT_BINARY_DIR}/libtaskmesh.a ${made}/taskmesh.o
    DEPENDS ${TMESH_LAYERS} COMMAND_EXPAND_LISTS VERBATIM
    COMMENT "Linking C static library libtaskmesh.a")
add_custom_target(taskmesh_static ALL DEPENDS ${PROJECT_BINARY_DIR}/libtaskmesh.a)

install(TARGETS taskmesh_shared
    LIBRARY COMPONENT library NAMELINK_COMPONENT development)
install(FILES ${PROJECT_BINARY_DIR}/libtaskmesh.a
    DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/taskmesh
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development FILES_MATCHING PATTERN "*.h")

# From where it lies, so that the tree may be moved: `cmake --install build --prefix elsewhere`.
file(RELATIVE_PATH prefix_from_pc /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${packaging}/taskmesh.pc.in ${made}/taskmesh.pc @ONLY)
install(FILES ${made}/taskmesh.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
set(cmake_package ${CMAKE_INSTALL_LIBDIR}/cmake/taskmesh)
configure_package_config_file(${packaging}/taskmesh-config.cmake.in ${made}/taskmesh-config.cmake
    INSTALL_DESTINATION ${cmake_package}
    PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file(${made}/taskmesh-config-version.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES ${made}/taskmesh-config.cmake ${made}/taskmesh-config-version.cmake
    DESTINATION ${cmake_package} COMPONENT development)

# ---- The programs -------------------------------------------------------------------------------
set(programs "")
foreach(program taskmeshd taskmesh taskmesh-bench)
    if(NOT TARGET ${program})
        continue()
    endif()
    list(APPEND programs ${program})
    install(TARGETS ${program} COMPONENT daemon)
    # Page and help say the same, because the page is made from the help.
    file(GLOB page RELATIVE ${packaging}/man ${packaging}/man/${program}.[0-9].in)
    if(page)
        string(REPLACE ".in" "" name ${page})
        string(REGEX REPLACE ".*\\." "man" section ${name})
        add_custom_command(OUTPUT ${made}/${name}.gz
            COMMAND ${packaging}/make-man $<TARGET_FILE_DIR:${program}> ${PROJECT_VERSION}
                ${packaging}/man/${page} ${made}/${name}.gz
            DEPENDS ${program} ${packaging}/man/${page} ${packaging}/make-man VERBATIM)
        list(APPEND pages ${made}/${name}.gz)
        install(FILES ${made}/${name}.gz
            DESTINATION ${CMAKE_INSTALL_MANDIR}/${section} COMPONENT daemon)
    endif()
endforeach()
add_custom_target(taskmesh_man ALL DEPENDS ${pages})
install(FILES ${packaging}/taskmesh.bash RENAME taskmesh
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT daemon)

# ---- The service --------------------------------------------------------------------------------
set(state_folder ${CMAKE_INSTALL_FULL_LOCALSTATEDIR}/lib/taskmesh)
set(config_folder ${CMAKE_INSTALL_FULL_SYSCONFDIR}/taskmesh)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/conf/taskmesh.conf)
file(READ ${PROJECT_SOURCE_DIR}/conf/taskmesh.conf conf)
string(REPLACE "store = sqlite:taskmesh.db" "store = sqlite:${state_folder}/taskmesh.db" conf "${conf}")
string(REPLACE "templates =\n" "templates = ${config_folder}/templates\n" conf "${conf}")
file(CONFIGURE OUTPUT ${made}/taskmesh.conf CONTENT "${conf}" @ONLY)
configure_file(${packaging}/taskmeshd.service.in ${made}/taskmeshd.service @ONLY)
# Below the prefix, save for /usr, whose configuration is in /etc.
set(config_destination ${CMAKE_INSTALL_SYSCONFDIR}/taskmesh)
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
    set(config_destination ${config_folder})
endif()
install(FILES ${made}/taskmesh.conf DESTINATION ${config_destination} COMPONENT daemon)
install(DIRECTORY DESTINATION ${config_destination}/templates COMPONENT daemon)
install(FILES ${made}/taskmeshd.service DESTINATION lib/systemd/system COMPONENT daemon)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/conf/templates ${PROJECT_SOURCE_DIR}/conf/workers
    DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples COMPONENT daemon USE_SOURCE_PERMISSIONS)
set(manuals PROTOCOL ERRORS TEMPLATES METRICS OPERATIONS PERFORMANCE EMBEDDING)
list(TRANSFORM manuals REPLACE "(.+)" "${PROJECT_SOURCE_DIR}/docs/\\1.md")
install(FILES ${manuals}
    DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT daemon)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/examples/
    DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/libtaskmesh-dev/examples COMPONENT development)

include(${packaging}/packages.cmake)
