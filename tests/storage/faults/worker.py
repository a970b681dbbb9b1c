"""Works on a project while calls fail around it; says what was acknowledged.

Run with `faults.c` preloaded. Like the window it tries an operation again that failed, once, and
goes on; a folder that cannot be opened ends it.
"""

import sys
from pathlib import Path

from plantseg_gui.core.errors import AppError
from plantseg_gui.storage.project import Project
from tests.storage.kill_child import acknowledge, checkpoint, opened, stroke

STROKES = 14


def main() -> None:
    """Argument: the folder of photos."""
    try:
        project = Project.open_folder(Path(sys.argv[1]))
        project.scan()
        documents = [opened(project, record.photo_id) for record in project.photos()]
    except AppError as error:
        print("refused", error, flush=True)
        return
    for number in range(1, STROKES + 1):
        document = documents[number % len(documents)]
        stroke(document, number)
        if number % 6 == 0:
            document.undo()
        for _ in range(2):
            try:
                acknowledge(project, document)
            except AppError:
                continue
            print("acknowledged", document.document_id, number, number % 6 == 0, flush=True)
            break
        if number % 4 == 0 and not document.pending.urgent:
            try:
                checkpoint(project, document)
                print("saved", document.document_id, flush=True)
            except AppError as error:
                print("failed", error, flush=True)
    try:
        project.close()
    except AppError as error:
        print("failed", error, flush=True)


if __name__ == "__main__":
    main()
