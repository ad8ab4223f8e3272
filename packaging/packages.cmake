# The Debian packages: `cpack --config build/CPackConfig.cmake`, or bin/package.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME taskmesh)
set(TMESH_MAINTAINER "taskmesh authors <taskmesh@users.noreply.github.com>" CACHE STRING
    "who makes the packages: name and mail address")
set(CPACK_PACKAGE_CONTACT ${TMESH_MAINTAINER})
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_COMPONENTS_ALL daemon library development)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_DAEMON_PACKAGE_NAME taskmesh)
set(CPACK_DEBIAN_DAEMON_PACKAGE_SECTION net)
set(CPACK_DEBIAN_DAEMON_PACKAGE_DEPENDS "adduser, init-system-helpers (>= 1.52)")
set(CPACK_COMPONENT_DAEMON_DESCRIPTION "durable workflow engine: daemon and command line
A task is a graph of steps; workers in any language run the steps over
ZeroMQ; every state change is on disk before anyone hears of it. One small
daemon, one SQLite file, no cluster.")
set(CPACK_DEBIAN_DAEMON_PACKAGE_CONTROL_EXTRA
    ${made}/debian/conffiles ${packaging}/debian/postinst ${packaging}/debian/prerm
    ${packaging}/debian/postrm)

set(library_package libtaskmesh${PROJECT_VERSION_MAJOR})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME ${library_package})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_COMPONENT_LIBRARY_DESCRIPTION "durable workflow engine: the library
The workflow engine taskmesh inside a C or C++ program, with steps that are
functions; also clients and workers of a taskmesh daemon.")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${packaging}/debian/triggers ${made}/debian/shlibs)

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libtaskmesh-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
    "${library_package} (= ${PROJECT_VERSION}-1), libczmq-dev, libzmq3-dev, libsqlite3-dev, libpq-dev, libjansson-dev, libfyaml-dev, libsodium-dev, libpcre2-dev")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "durable workflow engine: headers and static library
What is needed to build programs that embed the workflow engine taskmesh, or
that are clients or workers of its daemon.")

# Contents that depend on where things are installed, or that have to be compressed.
file(MAKE_DIRECTORY ${made}/debian)
file(WRITE ${made}/debian/conffiles "/etc/taskmesh/taskmesh.conf\n")
file(WRITE ${made}/debian/shlibs "libtaskmesh ${PROJECT_VERSION_MAJOR} ${library_package} (>= ${PROJECT_VERSION})\n")
configure_file(${packaging}/debian/changelog.in ${made}/debian/changelog @ONLY)
add_custom_command(OUTPUT ${made}/changelog.Debian.gz
    COMMAND gzip -9 -n -c ${made}/debian/changelog > ${made}/changelog.Debian.gz
    DEPENDS ${made}/debian/changelog VERBATIM)
add_custom_target(taskmesh_changelog ALL DEPENDS ${made}/changelog.Debian.gz)
foreach(pair daemon:taskmesh library:${library_package} development:libtaskmesh-dev)
    string(REGEX MATCH "^[a-z]+" component ${pair})
    string(REGEX REPLACE ".*:" "" package ${pair})
    install(FILES ${packaging}/debian/copyright ${made}/changelog.Debian.gz
        DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package} COMPONENT ${component})
endforeach()
include(CPack)
