# Read by cpack before it makes a package: which component it holds, and what the Debian package depends on.
cmake_policy(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/SharedLibraries.cmake)

list(GET CPACK_INSTALL_CMAKE_PROJECTS 0 build_folder)
if(CPACK_GENERATOR STREQUAL "TGZ")
  set(component portable)
else()
  set(component program)
endif()
set(CPACK_INSTALL_CMAKE_PROJECTS "${build_folder};mobilenet;${component};/")

# On the packages of the libraries that the program is linked with, in the versions it was built with or newer.
# dpkg-shlibdeps would know how much older they may be, but cannot look into a sysroot.
if(CPACK_GENERATOR STREQUAL "DEB")
  needed_libraries(${CPACK_MOBILENET_READELF} ${CPACK_MOBILENET_PROGRAM} libraries)
  set(dependencies "")
  foreach(library IN LISTS libraries)
    package_of_library("${CPACK_MOBILENET_SYSROOT}" ${CPACK_MOBILENET_TRIPLE} ${library} package)
    execute_process(COMMAND dpkg-query --admindir=${CPACK_MOBILENET_SYSROOT}/var/lib/dpkg --show "--showformat=\${Version}" ${package}
      OUTPUT_VARIABLE version COMMAND_ERROR_IS_FATAL ANY)
    # Without Debian's revision, which differs between architectures and rebuilds.
    string(REGEX REPLACE "-[^-]*$" "" version "${version}")
    list(APPEND dependencies "${package} (>= ${version})")
  endforeach()
  list(REMOVE_DUPLICATES dependencies)
  list(SORT dependencies)
  list(JOIN dependencies ", " CPACK_DEBIAN_PACKAGE_DEPENDS)
endif()
