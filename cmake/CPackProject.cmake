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

# The packages of the libraries that the program is linked with, or loads, in the versions it was built with or newer.
# dpkg-shlibdeps would know how much older they may be, but cannot look into a sysroot.
if(CPACK_GENERATOR STREQUAL "DEB")
  needed_libraries(${CPACK_MOBILENET_READELF} ${CPACK_MOBILENET_PROGRAM} libraries)
  set(dependencies "")
  foreach(library IN LISTS libraries CPACK_MOBILENET_LAZY_LIBRARIES)
    dependency_on_library("${CPACK_MOBILENET_SYSROOT}" ${CPACK_MOBILENET_TRIPLE} ${library} dependency)
    list(APPEND dependencies "${dependency}")
  endforeach()
  list(REMOVE_DUPLICATES dependencies)
  list(SORT dependencies)
  list(JOIN dependencies ", " CPACK_DEBIAN_PACKAGE_DEPENDS)
  # A library that the program can also do without.
  if(CPACK_MOBILENET_OPTIONAL_LIBRARY)
    dependency_on_library("${CPACK_MOBILENET_SYSROOT}" ${CPACK_MOBILENET_TRIPLE} ${CPACK_MOBILENET_OPTIONAL_LIBRARY}
      dependency)
    string(APPEND CPACK_DEBIAN_PACKAGE_RECOMMENDS ", ${dependency}")
  endif()
endif()
