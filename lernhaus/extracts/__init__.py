"""Extract files before the engine reads them: which there are, whether they are whole, how many records they hold."""

from lernhaus.extracts.inspect import Inspection, inspect_file, inspect_files
from lernhaus.extracts.listing import ListedFile, list_files

__all__ = ["Inspection", "ListedFile", "inspect_file", "inspect_files", "list_files"]
