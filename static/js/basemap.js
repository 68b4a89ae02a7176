/** Lays pictures under a Leaflet map; a source in GCJ-02 bends the map's projection, so that whoever draws says WGS 84. */
import { show, source } from "./tiles.js";

/** The coordinate system of a map over this source. */
export function bent({ onto, back }, { CRS, Projection, extend, latLng }) {
  const flat = Projection.SphericalMercator;
  const turned = (turn) => ({ lng, lat }) => { const [x, y] = turn([lng, lat]); return latLng(y, x); };
  const [there, here] = [turned(onto), turned(back)];
  const projection = { ...flat, bounds: flat.bounds, project: (place) => flat.project(there(place)), unproject: (point) => here(flat.unproject(point)) };
  return extend({}, CRS.EPSG3857, { projection });
}

function layer(address, { least, most }, { GridLayer }) {
  const Pictures = GridLayer.extend({
    createTile({ z, x, y }, done) {
      const image = document.createElement("img");
      image.alt = "";
      image.referrerPolicy = "origin"; // keys of tile services are bound to it; the page's path stays here
      address(z, x, y).then(
        (found) => (found ? show(image, "src", found, (fault) => done(fault, image)) : done(null, image)),
        (fault) => done(fault, image),
      );
      return image;
    },
  });
  return new Pictures({ minNativeZoom: least, maxNativeZoom: most, maxZoom: 20 });
}

/** {crs, over(map)} for an element that names a source. */
export default function basemap({ dataset }, leaflet) {
  const from = source(dataset);
  const told = Object.assign(document.createElement("i"), { textContent: dataset.rights }).innerHTML;
  return {
    crs: bent(from, leaflet),
    over(map) {
      from.layers.forEach((one) => layer(one, from, leaflet).addTo(map));
      if (told) leaflet.control.attribution({ prefix: false, position: "bottomleft" }).addAttribution(told).addTo(map);
    },
  };
}
