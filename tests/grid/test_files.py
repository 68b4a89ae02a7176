"""Files of areas: what is read, what is refused, and that no datum is ever guessed."""

import json
import zipfile

import numpy as np
import pyogrio
import pytest
import shapely

from patrol.core import geo
from patrol.core.errors import Refused
from patrol.grid import files

WGS84, GCJ02 = geo.datum("wgs84"), geo.datum("gcj02")
SQUARE = [[113.0, 34.0], [113.1, 34.0], [113.1, 34.1], [113.0, 34.1], [113.0, 34.0]]


def feature(coordinates=None, *, kind="Polygon", **properties):
    shape = {"type": kind, "coordinates": [SQUARE] if coordinates is None else coordinates}
    return {
        "type": "Feature",
        "properties": {"code": "410105", "name": "金水区", **properties},
        "geometry": shape,
    }


@pytest.fixture
def write(tmp_path):
    def to_file(content, name="areas.geojson"):
        path = tmp_path / name
        if isinstance(content, dict | list):
            content = json.dumps(content)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return to_file


def collection(*features, **more):
    return {"type": "FeatureCollection", "features": list(features), **more}


def refusal(path, stated=WGS84, **fields):
    with pytest.raises(Refused) as caught:
        files.read(path, stated, **fields)
    return caught.value


def test_codes_and_names_are_found_where_they_stand_out(write):
    reading = files.read(write(collection(feature(parentCode=4101))), WGS84)

    (area,) = reading.areas
    assert (area.code, area.name, area.parent) == ("410105", "金水区", "4101")
    assert reading.fields == {"code": "code", "name": "name", "parent": "parentCode"}
    assert reading.doubts == []


def test_a_number_is_a_code_without_its_decimal_point(write):
    reading = files.read(write(collection(feature(code=410105.0))), WGS84)

    assert reading.areas[0].code == "410105"


def test_two_likely_fields_are_not_chosen_between(write):
    refused = refusal(write(collection(feature(adcode=1))))

    assert (refused.code, refused.facts) == (
        "code-field-needed", {"fields": "code, name, adcode"},
    )  # fmt: skip


def test_a_field_inside_another_is_named_with_a_dot(shared):
    path = shared / "boundaries/zhengzhou_districts_datav2021_gcj02.geojson"

    areas = files.read(path, GCJ02, parent="parent.adcode").areas

    assert {area.parent for area in areas} == {"410100"}


def test_a_byte_order_mark_is_no_matter(write):
    content = "\ufeff" + json.dumps(collection(feature()))

    assert len(files.read(write(content), WGS84).areas) == 1


def test_gcj02_is_turned_back(shared):
    path = shared / "boundaries/zhengzhou_districts_datav2021_gcj02.geojson"

    stated = files.read(path, WGS84).areas[0].shape.centroid
    turned = files.read(path, GCJ02).areas[0].shape.centroid

    moved = geo.distance_m((stated.x, stated.y), (turned.x, turned.y))
    assert moved == pytest.approx(570, abs=25)


def test_suzhou_is_refused_until_its_system_is_given(shared):
    path = shared / "boundaries/suzhou_sip_responsibility_grid_localcrs.json"

    for stated in ("wgs84", "gcj02", "cgcs2000", "epsg:4490"):
        refused = refusal(path, geo.datum(stated))
        assert (refused.code, refused.field) == ("crs-needed", "datum")
    reading = files.read(path, geo.datum("epsg:4549"))

    assert (reading.areas[0].code, reading.areas[0].name) == ("SBJCZHV506", "公园综合M标")
    codes = {doubt.code for doubt in reading.doubts}
    assert codes == {"outside-area-of-use", "outside-china"}  # it is none of the numbered systems


def test_what_a_file_notes_of_itself_must_not_speak_against_what_is_stated(write):
    noted = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4547"}}

    refused = refusal(write(collection(feature(), crs=noted)))

    assert (refused.code, refused.field) == ("datum-differs", "datum")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("{", "file-not-json"),
        ("[" * 100_000, "file-not-json"),
        (b"\xff\xfe{}", "file-not-utf8"),
        ("17", "file-not-geojson"),
        ({"type": "FeatureCollection", "features": {}}, "file-not-geojson"),
        ({"type": "FeatureCollection", "features": [3]}, "file-not-geojson"),
        (collection(), "features-none"),
        (collection(UTF8Encoding=True), "geojson-encoded"),
        (collection({"type": "Feature", "properties": {}, "geometry": None}), "not-a-polygon"),
        (collection(feature([113, 34], kind="Point")), "not-a-polygon"),
        (collection(feature([SQUARE[:-1]])), "ring-open"),
        (collection(feature([[["a", "b"]] * 4])), "geometry-unreadable"),
        (collection(feature([[None] * 4])), "geometry-unreadable"),
        (collection(feature("abc")), "ring-open"),
        (collection(feature(code="")), "code-unfit"),
        (collection(feature(code="a/b")), "code-unfit"),
        (collection(feature(code={"a": 1})), "code-field-needed"),
        (collection(feature(code=True)), "field-not-text"),
        (collection(feature(name="x" * 81)), "name-unfit"),
        ([{"code": "1", "name": "a", "shape": "POLYGON ((1 2"}], "geometry-unreadable"),
        ([{"code": "1", "name": "a"}], "not-a-polygon"),
    ],
)
@pytest.mark.hostile
def test_what_cannot_be_meant_is_refused_with_its_code(write, content, code):
    assert refusal(write(content)).code == code


@pytest.mark.hostile
@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_no_constant_of_javascript_passes_for_a_number(write, number):
    text = json.dumps(collection(feature())).replace("113.1", number)

    assert refusal(write(text)).code == "file-not-json"


@pytest.mark.hostile
def test_a_number_that_overflows_is_refused(write):
    text = json.dumps(collection(feature())).replace("113.1", "1e999")

    assert refusal(write(text)).code == "coordinate-not-a-number"


@pytest.mark.hostile
def test_swapped_coordinates_are_named_with_their_feature(write):
    swapped = [[y, x] for x, y in SQUARE]

    refused = refusal(write(collection(feature(), feature([swapped]))))

    assert (refused.code, refused.facts["feature"]) == ("coordinates-swapped", 2)


@pytest.mark.hostile
def test_more_than_is_allowed_is_refused(write, monkeypatch):
    path = write(collection(feature(), feature(), feature()))

    monkeypatch.setattr(files, "MOST_FEATURES", 2)
    assert refusal(path).code == "features-too-many"
    monkeypatch.setattr(files, "MOST_FEATURES", 3)
    monkeypatch.setattr(files, "MOST_VERTICES", 4)
    assert refusal(path).code == "vertices-too-many"
    monkeypatch.setattr(files, "MOST_BYTES", 100)
    assert refusal(path).code == "file-too-large"


def test_a_file_that_is_missing_or_of_another_kind_is_refused(write, tmp_path):
    assert refusal(tmp_path / "none.geojson").code == "file-missing"
    assert refusal(tmp_path).code == "file-missing"
    assert refusal(write("a,b", "areas.csv")).code == "file-kind"
    assert (
        refusal(write(b"SQLite format 3\x00 and no more", "areas.gpkg")).code == "file-unreadable"
    )


# Shapefile and GeoPackage


def shapes():
    one, other = shapely.box(113, 34, 113.1, 34.1), shapely.box(113.1, 34, 113.2, 34.1)
    return np.array([one, other], dtype=object)


def save(path, geometries, *, crs="EPSG:4490", encoding="UTF-8", **options):
    pyogrio.raw.write(
        path,
        shapely.to_wkb(geometries),
        [
            np.array(["410105", "410106"], dtype=object),
            np.array(["金水区", "上街区"], dtype=object),
        ],
        ["CODE", "NAME"],
        geometry_type="Polygon",
        crs=crs,
        encoding=encoding,
        **options,
    )


def zipped(folder, *extra):
    path = folder / "areas.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as pack:
        for part in sorted(folder.glob("areas.*")):
            if part.suffix != ".zip":
                pack.write(part, f"行政区/{part.name}")
        for name, content in extra:
            pack.writestr(name, content)
    return path


@pytest.mark.parametrize("encoding", ["UTF-8", "GB18030"])
def test_a_zipped_shapefile_is_read_in_its_encoding(tmp_path, encoding):
    save(tmp_path / "areas.shp", shapes(), encoding=encoding)
    (tmp_path / "areas.cpg").unlink()

    reading = files.read(zipped(tmp_path), geo.datum("cgcs2000"))

    assert [area.name for area in reading.areas] == ["金水区", "上街区"]
    assert [doubt.code for doubt in reading.doubts] == (
        [] if encoding == "UTF-8" else ["encoding-assumed"]
    )
    assert reading.areas[0].shape.equals(shapes()[0])


def test_a_shapefile_in_metres_needs_its_own_system(tmp_path):
    there = shapely.transform(
        shapes(), lambda p: np.column_stack(geo.Plane(114, 34).metres(p[:, 0], p[:, 1]))
    )
    moved = shapely.transform(there, lambda p: p + np.array([500_000, 3_763_000]))
    save(tmp_path / "areas.shp", moved, crs="EPSG:4547")
    path = zipped(tmp_path)

    assert refusal(path, WGS84).code == "datum-differs"
    assert refusal(path, geo.datum("epsg:4549")).code == "datum-differs"
    (west, south, _, _) = files.read(path, geo.datum("epsg:4547")).areas[0].shape.bounds
    assert (west, south) == pytest.approx((113, 34), abs=0.02)


def test_a_geopackage_is_read_and_two_layers_are_not_chosen_between(tmp_path):
    path = tmp_path / "areas.gpkg"
    save(path, shapes(), layer="street", driver="GPKG")

    assert len(files.read(path, geo.datum("cgcs2000")).areas) == 2

    save(path, shapes(), layer="other", driver="GPKG", append=True)
    assert refusal(path).code == "layers-many"


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("extra", "code"),
    [
        (("../evil.shp", b""), "zip-unsafe"),
        (("/etc/passwd", b""), "zip-unsafe"),
        (("bomb.bin", b"\0" * 30_000_000), "zip-too-large"),
        (("second.shp", b""), "zip-shapefiles"),
    ],
)
def test_a_zip_that_means_harm_is_refused(tmp_path, extra, code):
    save(tmp_path / "areas.shp", shapes())

    assert refusal(zipped(tmp_path, extra)).code == code


@pytest.mark.hostile
def test_a_zip_of_very_many_files_or_with_a_link_is_refused(tmp_path):
    save(tmp_path / "areas.shp", shapes())
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16

    assert refusal(zipped(tmp_path, (link, "/etc/passwd"))).code == "zip-unsafe"
    many = [(f"{number}.txt", "") for number in range(201)]
    assert refusal(zipped(tmp_path, *many)).code == "zip-too-many"


@pytest.mark.hostile
def test_a_truncated_zip_is_refused(tmp_path, write):
    save(tmp_path / "areas.shp", shapes())
    whole = zipped(tmp_path).read_bytes()

    assert refusal(write(whole[: len(whole) // 2], "half.zip")).code == "file-unreadable"
