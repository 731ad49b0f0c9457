// Writing that is whole, and on the disk, when it says so. What goes wrong comes back as errno, 0 for
// nothing.
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace mobilenet {

// The reader of a pipe has closed its end; there is nobody to write for. Thrown by those who write results.
class OutputClosed : public std::exception {};

// Waits where the reader of a pipe is slow, also where the descriptor is a non-blocking one.
int WriteAll(int descriptor, std::string_view text);

// Pipes and devices, which cannot be synced, need not be.
int SyncToDisk(int descriptor);

// A new or renamed file is safe once its folder is: of a link the folder of what it leads to.
int SyncFolderOf(const std::string& path);

// Whatever standard output or a descriptor leads to, no other file is put beside these names or in their
// place.
bool IsNameOfDescriptor(const std::string& path);

// What a path of links leads to; the path itself where there is nothing yet.
std::string TargetOf(const std::string& path);

}  // namespace mobilenet
