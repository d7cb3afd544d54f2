// `forknet compare`, from its command line.
#pragma once

#include "apps/command_list.h"

namespace forknet::apps {

int compare(const ParsedCommand& parsed, const Environment& environment);

}  // namespace forknet::apps
