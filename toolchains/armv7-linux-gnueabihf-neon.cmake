# 32-bit ARM with NEON: Raspberry Pi 2 to 5 and Zero 2 W with a 32-bit system. Fused multiply-add (VFPv4) is not taken
# for granted: Cortex-A8 and A9 have NEON without it.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR armv7l)
set(TRIPLE arm-linux-gnueabihf)
set(SYSROOT_ARCHITECTURE armhf)
set(QEMU qemu-arm)
# -Wno-psabi: notes on how GCC 9 and older passed structs, which nothing here is linked with.
set(BASELINE_FLAGS "-Wno-psabi -march=armv7-a -mfpu=neon -mfloat-abi=hard")
include(${CMAKE_CURRENT_LIST_DIR}/debian-cross.cmake)
