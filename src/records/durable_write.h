// Writing that is complete, and on the disk, when it says so. Errors are returned as errno, with 0 for
// none.
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace mobilenet {

// The reader of a pipe has closed its end; there is nobody to write for. Thrown by code that writes results.
class OutputClosed : public std::exception {};

// Waits if the reader of a pipe is slow, even if the descriptor is non-blocking.
int WriteAll(int descriptor, std::string_view text);

// Pipes and devices, which cannot be synced, count as synced.
int SyncToDisk(int descriptor);

// A new or renamed file is safe once its folder is synced: for a link, the folder of its target.
int SyncFolderOf(const std::string& path);

// Whatever standard output or a descriptor leads to, no other file is put beside such names or in their
// place.
bool IsNameOfDescriptor(const std::string& path);

// The target of a path of links; the path itself if there is nothing yet.
std::string TargetOf(const std::string& path);

}  // namespace mobilenet
