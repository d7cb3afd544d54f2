// meta.json: host, CPU and program build of a run and the digests of its data, so that a resume
// refuses other data and notes another machine.
#pragma once

#include <forknet/result.h>

#include <optional>
#include <string>
#include <vector>

#include "session/prepare.h"

namespace forknet::run {

// `init_from`: the file of the first weights; `config`: that of the settings; each may be absent.
[[nodiscard]] std::string meta_json(const Prepared& prepared,
                                    const std::optional<std::string>& init_from,
                                    const std::optional<std::string>& config = {});

// The folder in which the run was started, the base of relative paths; empty: not known.
[[nodiscard]] std::string started_in(const std::string& stored);

// Digests (XXH3-128) of the allowed texts of config.resolved.toml: the last one written; both the
// old and the new one while it is replaced. Empty: of a version that did not store them.
[[nodiscard]] std::vector<std::string> config_digests(const std::string& stored);
[[nodiscard]] std::string with_config_digests(const std::string& stored,
                                              const std::vector<std::string>& digests);

// The digests of all data sets of the run.
[[nodiscard]] std::vector<std::string> data_digests(const std::string& stored);

// The fault of a stored meta.json, in a few words; empty: it can be used.
[[nodiscard]] std::string fault_of_meta(const std::string& stored);

// True: the first weights of the run came from a file, so it cannot start again from its settings.
[[nodiscard]] bool had_init(const std::string& stored);

// Compares a stored meta.json with the current one. Error (data): other data. Notes: other changes.
[[nodiscard]] Result<std::vector<std::string>> compare_meta(const std::string& stored,
                                                            const Prepared& prepared,
                                                            const std::string& name);

}  // namespace forknet::run
