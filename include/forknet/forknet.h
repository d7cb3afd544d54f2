// The forknet library: describe a run (config.h), give it data (dataset.h), train (train.h), use
// the model (model.h). Every function that can fail returns a Result (result.h).
#pragma once

#include <forknet/activation.h>  // IWYU pragma: export
#include <forknet/config.h>      // IWYU pragma: export
#include <forknet/dataset.h>     // IWYU pragma: export
#include <forknet/init.h>        // IWYU pragma: export
#include <forknet/layer.h>       // IWYU pragma: export
#include <forknet/loss.h>        // IWYU pragma: export
#include <forknet/model.h>       // IWYU pragma: export
#include <forknet/optimizer.h>   // IWYU pragma: export
#include <forknet/result.h>      // IWYU pragma: export
#include <forknet/run.h>         // IWYU pragma: export
#include <forknet/schedule.h>    // IWYU pragma: export
#include <forknet/settings.h>    // IWYU pragma: export
#include <forknet/trace.h>       // IWYU pragma: export
#include <forknet/train.h>       // IWYU pragma: export
#include <forknet/version.h>     // IWYU pragma: export
