"""The open recordings that the models learn from: what there is, where it comes from, how it becomes training data.

What flows in: names of sets. What flows out: recordings and tables in one folder, each set with its licence. [main]
"""

from __future__ import annotations

from ml.training.data.catalogue import CATALOGUE, Dataset, RemoteFile, dataset_named
from ml.training.data.fetch import Fetched, fetch_dataset
from ml.training.data.lock import Lock

__all__ = ["CATALOGUE", "Dataset", "Fetched", "Lock", "RemoteFile", "dataset_named", "fetch_dataset"]
