#!/usr/bin/env python3
"""Prints what scikit-learn says of the rows of class_metrics_test.cc, which has these values.

Usage: /usr/bin/python3 tests/nn/metrics/scikit_learn.py   (Debian: python3-sklearn)
"""
import numpy
from sklearn import metrics

OUTPUTS = numpy.array([[8, 4, 2, 2], [2, 9, 3, 2], [5, 5, 4, 2], [1, 2, 12, 1], [6, 2, 7, 1], [3, 3, 3, 7],
                       [4, 6, 4, 2], [10, 2, 2, 2], [2, 2, 5, 7], [7, 4, 3, 2], [6, 5, 4, 1]]) / 16
LABELS = numpy.array([0, 1, 1, 2, 0, 3, 2, 0, 3, 1, 3])
WEIGHTS = numpy.array([1, 2, 0.5, 1, 3, 1, 1, 0.25, 2, 1, 1.5])
PREDICTED = OUTPUTS.argmax(axis=1)

for name, weights in (("equal weights", None), ("weights", WEIGHTS)):
    print(name)
    told = {"accuracy": metrics.accuracy_score(LABELS, PREDICTED, sample_weight=weights),
            "top_3": metrics.top_k_accuracy_score(LABELS, OUTPUTS, k=3, sample_weight=weights),
            "roc_auc": metrics.roc_auc_score(LABELS, OUTPUTS, multi_class="ovr", sample_weight=weights),
            "log_loss": metrics.log_loss(LABELS, OUTPUTS, sample_weight=weights)}
    for average in (None, "macro"):
        figures = metrics.precision_recall_fscore_support(LABELS, PREDICTED, average=average, sample_weight=weights)
        for figure, value in zip(("precision", "recall", "f1"), figures):
            told[figure + ("" if average else " by class")] = value
    # Of two outputs: is it class 0 or not; of each output by itself, as if a row could have several labels.
    first = OUTPUTS[:, 0]
    told["roc_auc of class 0"] = metrics.roc_auc_score(LABELS == 0, first, sample_weight=weights)
    flags = numpy.stack([LABELS == 0, LABELS % 2 == 1], axis=1)
    told["roc_auc of flags"] = metrics.roc_auc_score(flags, OUTPUTS[:, :2], sample_weight=weights)
    for quantile in (0.1, 0.5, 0.9):
        told[f"pinball {quantile}"] = metrics.mean_pinball_loss(
            OUTPUTS[:, 1], OUTPUTS[:, 0], alpha=quantile, sample_weight=weights)
    told["mae"] = metrics.mean_absolute_error(OUTPUTS[:, 1], OUTPUTS[:, 0], sample_weight=weights)
    told["rmse"] = metrics.mean_squared_error(OUTPUTS[:, 1], OUTPUTS[:, 0], squared=False, sample_weight=weights)
    told["r2"] = metrics.r2_score(OUTPUTS[:, 1], OUTPUTS[:, 0], sample_weight=weights)
    for metric, value in told.items():
        print(f"  {metric:18} {value.tolist() if hasattr(value, 'tolist') else value!r}")
