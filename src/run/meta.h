// meta.json: what a run ran on (host, CPU, build of the program) and the digests of its data, so
// that a resume can tell other data (refused) from another machine (noted).
#pragma once

#include <forknet/result.h>

#include <optional>
#include <string>
#include <vector>

#include "run/prepare.h"

namespace forknet::run {

// `init_from`: the file of the first weights; `config`: of the settings; or nothing.
[[nodiscard]] std::string meta_json(const Prepared& prepared,
                                    const std::optional<std::string>& init_from,
                                    const std::optional<std::string>& config = {});

// The folder that the run was started in, from which relative paths count; empty: not known.
[[nodiscard]] std::string started_in(const std::string& stored);

// True: the run's first weights came from a file, so that it cannot begin anew from its settings.
[[nodiscard]] bool had_init(const std::string& stored);

// Compares a stored meta.json with today's. Other data: an Error (data). Notes: what else differs.
[[nodiscard]] Result<std::vector<std::string>> compare_meta(const std::string& stored,
                                                            const Prepared& prepared,
                                                            const std::string& name);

}  // namespace forknet::run
