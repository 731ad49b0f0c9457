# 64-bit ARM, every ARMv8-A CPU: Raspberry Pi 3, 4, 5, Zero 2 W with a 64-bit system.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(TRIPLE aarch64-linux-gnu)
set(SYSROOT_ARCHITECTURE arm64)
set(QEMU qemu-aarch64)
# -Wno-psabi: notes on how GCC 9 and older passed structs, which nothing here is linked with.
set(BASELINE_FLAGS "-Wno-psabi -march=armv8-a")
include(${CMAKE_CURRENT_LIST_DIR}/debian-cross.cmake)
