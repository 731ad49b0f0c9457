# 64-bit x86 with the libraries of a sysroot: for packages for another Debian than the one they are built on.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(TRIPLE x86_64-linux-gnu)
set(SYSROOT_ARCHITECTURE amd64)
set(QEMU qemu-x86_64)
set(BASELINE_FLAGS "")
include(${CMAKE_CURRENT_LIST_DIR}/debian-cross.cmake)
