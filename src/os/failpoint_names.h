// Every failpoint there is. A test holds the list against the source.
#pragma once

#include <array>
#include <string_view>

namespace forknet::os::failpoints {

// Places at which a process can die or dawdle.
inline constexpr auto kPlaces = std::to_array<std::string_view>({
    // a cell, from its first line to its last (run/grid)
    "cell/started",
    "cell/mapped",
    "cell/entering",
    "cell/entered",
    "cell/joined",
    "cell/opened",
    "cell/step/before",
    "cell/step/after",
    "cell/finish/before",
    "cell/finish/after",
    "cell/leaving",
    "cell/left",
    "cell/figures",
    "first_weights/receive/before",
    "first_weights/receive/after",
    "hand_back/before",
    "hand_back/after",
    // the commit
    "finished/stored",
    "commit/before",
    "commit/after",
    // a step (cell)
    "forward/before",
    "forward/after",
    "backward/before",
    "backward/after",
    "receive/before",
    "receive/after",
    "send_up/before",
    "send_up/after",
    "send_down/before",
    "send_down/after",
    "stage/meet/before",
    "stage/meet/after",
    "early/before",
    "early/after",
    "update/before",
    "update/layer",
    "update/after",
    // gradients over replicas (cell)
    "reduce/own/before",
    "reduce/own/after",
    "reduce/send/before",
    "reduce/send/after",
    "reduce/receive/before",
    "reduce/receive/after",
    "reduce/losses/send",
    "reduce/losses/receive",
    "apply/before",
    "apply/after",
    "weights/send/before",
    "weights/send/after",
    "weights/receive/before",
    "weights/receive/after",
    // the Supervisor and its pool (run/grid)
    "gather/begin",
    "gather/pipes",
    "gather/joined",
    "gather/opened",
    "fleet/start/before",
    "fleet/start/after",
    "fleet/death",
    "first_weights/send",
    "drain/before",
    "drain/after",
    // models that train apart (run/average)
    "worker/order/taken",
    "worker/order/done",
    "worker/step/before",
    "worker/step/after",
    "model/fetch/before",
    "model/fetch/after",
    "model/give_back/before",
    "model/give_back/after",
    "model/send/within",
    "models/send",
    "models/take/before",
    "models/take/within",
    "models/take/after",
    "average/seed",
    "average/mean/before",
    "average/mean/moments",
    "average/commit/before",
    "average/commit/after",
    // the training loop (run)
    "run/begin",
    "run/evaluate/before",
    "run/evaluate/after",
    "run/epoch/closed",
    "run/checkpoint/before",
    "run/checkpoint/after",
    "run/best/before",
    "run/finish/begin",
    "run/finish/model",
    "run/finish/end",
    // orders, and each transition of a run's life (train/order_handler)
    "life/order/before",
    "life/order/after",
    "life/epoch_end",
    "move/before",
    "move/state",
    "move/ended",
    "move/opened",
    "move/kept",
    // a run folder on its way out (apps/cmd_runs)
    "clean/within",
    // a table on its way into a file (data/table_cache)
    "cache/fill",
    "cache/filled",
    "cache/committed",
    "cache/set",
    // settings of a run that goes on (run/stored_config)
    "config/announced",
    "config/written",
    // what survives (run/state)
    "state/hold",
    "state/control",
    "state/weights",
    "state/models",
    "state/keep/before",
    "state/keep/after",
    "state/recover",
    "state/read",
    "state/remove",
    "progress/save/before",
    "progress/save/within",
    "progress/save/after",
});

// Calls (os): they can also fail.
inline constexpr auto kCalls = std::to_array<std::string_view>({
    "file/open",
    "file/read",
    "file/write",
    "file/fallocate",
    "cache/write-out",
    "file/symlink",
    "state/open",
    "durable/create",
    "durable/write",
    "durable/sync",
    "durable/rename",
    "durable/sync_folder",
});

// Of these, those that move bytes: they can also move too few.
inline constexpr auto kTransfers = std::to_array<std::string_view>({"file/read", "file/write"});

}  // namespace forknet::os::failpoints
