"""A pack of reference data as a folder: `pack.yaml`, a CSV file per table, and a calendar."""

from deploy.packs.reading import Pack, read_pack
from deploy.packs.writing import write_pack

__all__ = ["Pack", "read_pack", "write_pack"]
