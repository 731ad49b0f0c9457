# What `cmake --install` installs, and the two packages that CPack makes from it (scripts/make_packages.sh):
#   cpack -G DEB    a Debian package, which depends on the distribution's libraries
#   cpack -G TGZ    a portable archive with all libraries but libc's beside the program, for boards without these libraries
include(GNUInstallDirs)

set(package_folder ${CMAKE_CURRENT_LIST_DIR}/package)

# The portable program finds its libraries, and these find theirs, in ../lib. Only DT_RPATH, the old tag, also applies
# to the libraries of libraries.
if(NOT MOBILENET_SANITIZE)
  add_executable(mobilenet_portable ${MAIN_SOURCES})
  target_link_libraries(mobilenet_portable PRIVATE mobilenet_cli mobilenet_warnings)
  target_link_options(mobilenet_portable PRIVATE -Wl,--disable-new-dtags)
  set_target_properties(mobilenet_portable PROPERTIES OUTPUT_NAME mobilenet
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/portable
    BUILD_WITH_INSTALL_RPATH ON INSTALL_RPATH "$ORIGIN/../lib")
endif()

# Debian wants these two compressed.
foreach(file mobilenet.1 changelog)
  add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/package/${file}.gz
    COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/package
    COMMAND gzip -9nc ${package_folder}/${file} > ${PROJECT_BINARY_DIR}/package/${file}.gz
    DEPENDS ${package_folder}/${file} VERBATIM)
endforeach()
add_custom_target(package_texts ALL
  DEPENDS ${PROJECT_BINARY_DIR}/package/mobilenet.1.gz ${PROJECT_BINARY_DIR}/package/changelog.gz)
# Somebody who builds only the program, as quickstart.sh does, can install it.
add_dependencies(mobilenet package_texts)

# install_model_scripts(FOLDER ARGUMENTS...): what `mobilenet models get` runs, and what that reads, laid out as in the
# checkout.
function(install_model_scripts folder)
  install(PROGRAMS scripts/get_model.py scripts/convert.py scripts/make_venv.sh DESTINATION ${folder}/scripts ${ARGN})
  install(FILES scripts/download.py scripts/requirements.txt DESTINATION ${folder}/scripts ${ARGN})
  install(DIRECTORY scripts/conversion DESTINATION ${folder}/scripts ${ARGN} FILES_MATCHING PATTERN "*.py"
    PATTERN "__pycache__" EXCLUDE)
  install(FILES models/catalogue.json DESTINATION ${folder}/models ${ARGN})
  install(DIRECTORY models/labels models/ranges DESTINATION ${folder}/models ${ARGN})
endfunction()

# install_completions(FOLDER ARGUMENTS...): puts them where each shell looks for them, below FOLDER.
function(install_completions folder)
  install(FILES ${package_folder}/completion.bash DESTINATION ${folder}/bash-completion/completions RENAME mobilenet ${ARGN})
  install(FILES ${package_folder}/completion.zsh DESTINATION ${folder}/zsh/site-functions RENAME _mobilenet ${ARGN})
  install(FILES ${package_folder}/completion.fish DESTINATION ${folder}/fish/vendor_completions.d RENAME mobilenet.fish
    ${ARGN})
endfunction()

# Component `program` is what `cmake --install` installs and what the Debian package holds.
install(TARGETS mobilenet COMPONENT program)
install_model_scripts(${CMAKE_INSTALL_DATADIR}/mobilenet COMPONENT program)
install(DIRECTORY models/sample/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples COMPONENT program)
install(FILES ${package_folder}/copyright ${PROJECT_BINARY_DIR}/package/changelog.gz
  DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program)
install(FILES ${PROJECT_BINARY_DIR}/package/mobilenet.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT program)
install_completions(${CMAKE_INSTALL_DATADIR} COMPONENT program)

# Component `portable` is laid out like a checkout, so that the program finds models/weights by itself.
if(TARGET mobilenet_portable)
  install(TARGETS mobilenet_portable DESTINATION bin COMPONENT portable EXCLUDE_FROM_ALL)
  install_model_scripts(. COMPONENT portable EXCLUDE_FROM_ALL)
  install(DIRECTORY models/sample DESTINATION models COMPONENT portable EXCLUDE_FROM_ALL)
  install(DIRECTORY DESTINATION models/weights COMPONENT portable EXCLUDE_FROM_ALL)
  install(FILES ${PROJECT_BINARY_DIR}/package/mobilenet.1.gz DESTINATION share/man/man1 COMPONENT portable EXCLUDE_FROM_ALL)
  install_completions(share COMPONENT portable EXCLUDE_FROM_ALL)
  install(FILES LICENSE DESTINATION . COMPONENT portable EXCLUDE_FROM_ALL)
  install(CODE "
    set(PROGRAM \"$<TARGET_FILE:mobilenet_portable>\")
    set(README_TEMPLATE \"${package_folder}/portable_README.in\")
    set(SYSROOT \"${CMAKE_SYSROOT}\")
    set(TRIPLE \"${CMAKE_LIBRARY_ARCHITECTURE}\")
    set(READELF \"${CMAKE_READELF}\")
    set(LAZY_LIBRARIES \"${MOBILENET_TIFF_LIBRARY}\")
    set(VERSION \"${PROJECT_VERSION}\")
    include(\"${CMAKE_CURRENT_LIST_DIR}/InstallPortableLibraries.cmake\")"
    COMPONENT portable EXCLUDE_FROM_ALL)
endif()

# Debian's name of the architecture compiled for. The kernel's name (CMAKE_SYSTEM_PROCESSOR) does not tell: many
# Raspberry Pis run a 64-bit kernel under a 32-bit system.
if(CMAKE_LIBRARY_ARCHITECTURE STREQUAL "aarch64-linux-gnu")
  set(debian_architecture arm64)
elseif(CMAKE_LIBRARY_ARCHITECTURE STREQUAL "arm-linux-gnueabihf")
  set(debian_architecture armhf)
elseif(CMAKE_LIBRARY_ARCHITECTURE STREQUAL "x86_64-linux-gnu")
  set(debian_architecture amd64)
else()
  message(STATUS "no packages for ${CMAKE_LIBRARY_ARCHITECTURE}")
  return()
endif()

# The release whose libraries the packages are made with, such as deb13: each release has different ones, so it is part
# of the version and of the files' names. dpkg counts 0.1.0+deb13 as newer than 0.1.0+deb12.
set(release "")
if(EXISTS ${CMAKE_SYSROOT}/etc/os-release)
  file(STRINGS ${CMAKE_SYSROOT}/etc/os-release release REGEX "^(ID|VERSION_ID)=")
  list(SORT release)  # ID first
  list(TRANSFORM release REPLACE "^[A-Z_]+=\"?([^\"]*)\"?$" "\\1")
  list(JOIN release "" release)
  string(REGEX REPLACE "^(debian|raspbian)" "+deb" release "${release}")
  string(REGEX REPLACE "^([a-z])" "+\\1" release "${release}")
endif()
set(package_version ${PROJECT_VERSION}${release})

set(CPACK_GENERATOR DEB TGZ)
set(CPACK_PACKAGE_NAME mobilenet)
set(CPACK_PACKAGE_VENDOR "")
set(CPACK_PACKAGE_FILE_NAME mobilenet-${package_version}-linux-${debian_architecture})
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
# Whatever the umask of the user who makes the package.
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_CURRENT_LIST_DIR}/CPackProject.cmake)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_VERSION ${package_version})
set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE ${debian_architecture})
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "mobilenet maintainers <maintainers@mobilenet.invalid>")
set(CPACK_DEBIAN_PACKAGE_SECTION graphics)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "image classification with MobileNet on ARM boards")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Prints the ImageNet labels of photographs and the latency of each layer of
the network, fast on boards like the Raspberry Pi 3, 4 and 5. Runs on XNNPACK
and on kernels of its own. The networks' weights are not part of the package:
\`mobilenet models get\` fetches them.")
# What `mobilenet models get` runs.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "python3, python3-flatbuffers, python3-numpy, python3-venv")

# For CPackProject.cmake.
set(CPACK_MOBILENET_PROGRAM ${PROJECT_BINARY_DIR}/mobilenet)
set(CPACK_MOBILENET_SYSROOT ${CMAKE_SYSROOT})
set(CPACK_MOBILENET_TRIPLE ${CMAKE_LIBRARY_ARCHITECTURE})
set(CPACK_MOBILENET_READELF ${CMAKE_READELF})
set(CPACK_MOBILENET_LAZY_LIBRARIES ${MOBILENET_TIFF_LIBRARY})
set(CPACK_MOBILENET_OPTIONAL_LIBRARY ${MOBILENET_HEIF_LIBRARY})
include(CPack)
