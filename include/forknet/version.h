// Which forknet this is. The only header that defines macros, so that a program can tell versions
// apart before it is compiled:
//
//   #if FORKNET_VERSION_MAJOR == 0 && FORKNET_VERSION_MINOR < 2
//
// The build takes the version from FORKNET_VERSION; the numbers repeat it.
#pragma once

#define FORKNET_VERSION "0.1.0"
#define FORKNET_VERSION_MAJOR 0
#define FORKNET_VERSION_MINOR 1
#define FORKNET_VERSION_PATCH 0
