import shutil

from plantseg_gui.storage.look_alike import look_alike_groups
from tests.storage.conftest import draw_photo, id_of, open_scanned


def test_copies_are_grouped_and_what_was_found_out_is_kept(photo_folder):
    draw_photo(photo_folder / "a.png", 1, (96, 96))
    draw_photo(photo_folder / "b.png", 2, (96, 96))
    shutil.copyfile(photo_folder / "a.png", photo_folder / "copy.png")
    (photo_folder / "broken.png").write_bytes(b"no picture")
    project = open_scanned(photo_folder)
    a, copy = id_of(project, "a.png"), id_of(project, "copy.png")
    found = look_alike_groups(project, project.photos())
    assert found == {a: a, copy: a}
    assert {p.photo_id for p in project.hashes.load()} >= {a, copy, id_of(project, "b.png")}
    # A photo that was not asked for is no one's twin.
    assert look_alike_groups(project, [r for r in project.photos() if r.photo_id != copy]) == {}
    project.close()
