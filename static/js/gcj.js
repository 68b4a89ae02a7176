/** The shift of Chinese commercial maps (GCJ-02), the twin of patrol/core/geo.py: degrees in, degrees out. */
const [AXIS, E2] = [6378245.0, 0.00669342162296594323];
const [WEST, SOUTH, EAST, NORTH] = [72.004, 0.8293, 137.8347, 55.8271]; // outside of it nothing is shifted
const { PI, sin, cos, sqrt, abs } = Math;
const waves = (at, ...parts) => parts.reduce((sum, [height, turn]) => sum + height * sin(turn * at * PI), 0) * (2 / 3);

/** [longitude, latitude] of a place on such a map. */
export function shifted([lon, lat]) {
  if (lon < WEST || lon > EAST || lat < SOUTH || lat > NORTH) return [lon, lat];
  const [a, b] = [lon - 105, lat - 35];
  const root = 0.2 * sqrt(abs(a));
  const short = waves(a, [20, 6], [20, 2]);
  const up = -100 + 2 * a + 3 * b + 0.2 * b * b + 0.1 * a * b + root + short + waves(b, [20, 1], [40, 1 / 3], [160, 1 / 12], [320, 1 / 30]);
  const right = 300 + a + 2 * b + 0.1 * a * a + 0.1 * a * b + root / 2 + short + waves(a, [20, 1], [40, 1 / 3], [150, 1 / 12], [300, 1 / 30]);
  const turn = (lat * PI) / 180;
  const bent = 1 - E2 * sin(turn) ** 2;
  const meridian = (AXIS * (1 - E2)) / (bent * sqrt(bent));
  const parallel = (AXIS / sqrt(bent)) * cos(turn);
  return [lon + ((right / parallel) * 180) / PI, lat + ((up / meridian) * 180) / PI];
}

/** The way back, to well under a millimetre. */
export function unshifted([lon, lat]) {
  let guess = [lon, lat];
  for (let step = 0; step < 12; step += 1) {
    const there = shifted(guess);
    const off = [lon - there[0], lat - there[1]];
    guess = [guess[0] + off[0], guess[1] + off[1]];
    if (Math.max(abs(off[0]), abs(off[1])) < 1e-11) break;
  }
  return guess;
}
