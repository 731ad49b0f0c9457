# What the toolchain files in this folder share: Debian's cross-compiler, a sysroot that scripts/make_sysroot.sh made,
# qemu-user to run what was built. Before including this, they set:
#   TRIPLE                  the name of the compiler, and of the sysroot's library folders: aarch64-linux-gnu
#   SYSROOT_ARCHITECTURE    Debian's name: arm64
#   QEMU                    the emulator's name: qemu-aarch64
#   BASELINE_FLAGS          the instruction set that all these CPUs have; files that use more have their own flags
# -DMOBILENET_SYSROOT=FOLDER chooses another sysroot, such as the one of Debian 13.
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES MOBILENET_SYSROOT)

set(MOBILENET_SYSROOT "${CMAKE_CURRENT_LIST_DIR}/../build/sysroot-${SYSROOT_ARCHITECTURE}" CACHE PATH
  "Libraries to cross-compile with, from scripts/make_sysroot.sh")
get_filename_component(CMAKE_SYSROOT "${MOBILENET_SYSROOT}" REALPATH)  # as the compiler names it
if(NOT EXISTS ${CMAKE_SYSROOT}/finished)
  message(FATAL_ERROR "${CMAKE_SYSROOT}: no sysroot (scripts/make_sysroot.sh ${SYSROOT_ARCHITECTURE} makes it)")
endif()

find_program(MOBILENET_CROSS_COMPILER ${TRIPLE}-g++)
if(NOT MOBILENET_CROSS_COMPILER)
  message(FATAL_ERROR "${TRIPLE}-g++: not found (scripts/install_packages.sh cross installs it)")
endif()
set(CMAKE_CXX_COMPILER ${MOBILENET_CROSS_COMPILER})
set(CMAKE_LIBRARY_ARCHITECTURE ${TRIPLE})

# A cross-compiler brings the headers and libraries of its own distribution; a compiler for this machine finds this
# machine's. The sysroot's are used instead, so that the result needs no newer libraries than the sysroot has, whatever
# the compiler's version. Only if the compiler is older than the sysroot, its own C++ headers are used: newer ones may
# not suit it.
execute_process(COMMAND ${CMAKE_CXX_COMPILER} -dumpversion
  OUTPUT_VARIABLE COMPILER_VERSION OUTPUT_STRIP_TRAILING_WHITESPACE)
string(REGEX MATCH "^[0-9]+" COMPILER_VERSION "${COMPILER_VERSION}")
file(GLOB CXX_HEADERS ${CMAKE_SYSROOT}/usr/include/c++/*)
get_filename_component(SYSROOT_VERSION "${CXX_HEADERS}" NAME)
set(LIBRARY_FLAGS "-B${CMAKE_SYSROOT}/usr/lib/${TRIPLE}")
if(COMPILER_VERSION GREATER_EQUAL SYSROOT_VERSION)
  set(HEADER_FOLDERS ${CXX_HEADERS} ${CMAKE_SYSROOT}/usr/include/${TRIPLE}/c++/${SYSROOT_VERSION})
  string(APPEND LIBRARY_FLAGS " -L${CMAKE_SYSROOT}/usr/lib/gcc/${TRIPLE}/${SYSROOT_VERSION}")
else()
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -E -v -x c++ /dev/null OUTPUT_QUIET ERROR_VARIABLE SEARCHED)
  string(REGEX MATCHALL "\n /[^\n]*/c[+][+]/[^\n]*" HEADER_FOLDERS "${SEARCHED}")
  list(TRANSFORM HEADER_FOLDERS STRIP)
endif()
execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=include
  OUTPUT_VARIABLE COMPILER_HEADERS OUTPUT_STRIP_TRAILING_WHITESPACE)
list(APPEND HEADER_FOLDERS ${COMPILER_HEADERS} =/usr/include/${TRIPLE} =/usr/include)  # = is the sysroot
list(TRANSFORM HEADER_FOLDERS PREPEND "-isystem ")
list(JOIN HEADER_FOLDERS " " HEADER_FLAGS)
set(CMAKE_CXX_FLAGS_INIT "${BASELINE_FLAGS} -nostdinc -nostdinc++ ${HEADER_FLAGS}")
foreach(kind EXE SHARED MODULE)
  set(CMAKE_${kind}_LINKER_FLAGS_INIT "${LIBRARY_FLAGS}")
endforeach()

# Libraries are the sysroot's, tools are this machine's.
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_LIBDIR} "${CMAKE_SYSROOT}/usr/lib/${TRIPLE}/pkgconfig:${CMAKE_SYSROOT}/usr/share/pkgconfig")
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${CMAKE_SYSROOT})
set(ENV{PKG_CONFIG_PATH} "")

# Tests run under emulation, of the CPU that $QEMU_CPU names; on a machine of the same kind they run directly.
if(NOT CMAKE_HOST_SYSTEM_PROCESSOR MATCHES "^${CMAKE_SYSTEM_PROCESSOR}")
  find_program(MOBILENET_EMULATOR ${QEMU})
  if(NOT MOBILENET_EMULATOR)
    message(FATAL_ERROR "${QEMU}: not found (scripts/install_packages.sh cross installs it)")
  endif()
  set(CMAKE_CROSSCOMPILING_EMULATOR ${MOBILENET_EMULATOR} -L ${CMAKE_SYSROOT})
endif()
