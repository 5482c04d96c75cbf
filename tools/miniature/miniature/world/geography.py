"""A coarse map of Great Britain and Ireland, and where on it a set of tags belongs.

Outlines, high ground and towns are rough points set down by hand; the map is a grid of cells of 0.1 by 0.15 degrees.
A place is drawn by how well the cell suits every tag of the set.
"""

import numpy as np

# The trained bounds of the two features (latitude first), and the value that stands for a photo outside the British grid.
LATITUDES, LONGITUDES = (49.9, 61.9), (-8.6, 2.1)

GREAT_BRITAIN = [(50.0, -5.7), (50.2, -5.0), (50.35, -4.2), (50.2, -3.7), (50.7, -3.0), (50.55, -2.4), (50.75, -1.5), (50.75, -0.2), (50.9, 0.95), (51.35, 1.4),
                 (51.45, 0.6), (51.8, 1.1), (52.2, 1.6), (52.75, 1.7), (52.95, 1.0), (52.8, 0.35), (53.1, 0.3), (53.6, 0.1), (54.1, -0.1), (54.5, -0.6), (54.9, -1.35),
                 (55.6, -1.6), (56.0, -2.6), (56.0, -3.4), (56.4, -2.8), (57.1, -2.05), (57.65, -1.9), (57.7, -3.4), (57.55, -4.1), (58.3, -3.2), (58.65, -3.1), (58.6, -5.0),
                 (57.8, -5.7), (57.2, -5.6), (56.7, -6.2), (56.3, -5.6), (55.4, -5.7), (55.9, -4.9), (55.4, -4.7), (54.7, -5.1), (54.8, -3.9), (54.95, -3.1), (54.5, -3.6), (54.1, -3.2),
                 (54.1, -2.85), (53.4, -3.0), (53.3, -4.2), (52.85, -4.6), (52.75, -4.1), (52.4, -4.1), (52.0, -5.1), (51.65, -5.0), (51.55, -4.0), (51.4, -3.2), (51.65, -2.65),
                 (51.4, -2.9), (51.2, -3.4), (51.2, -4.2), (50.9, -4.55), (50.4, -5.05)]
IRELAND = [(51.5, -9.7), (51.65, -8.5), (52.0, -7.6), (52.2, -6.4), (53.0, -6.05), (53.9, -6.1), (54.3, -5.5), (54.7, -5.65), (55.2, -6.3), (55.2, -7.2), (55.2, -8.0), (54.6, -8.6), (54.3, -8.5),
           (54.3, -10.0), (53.5, -10.1), (53.2, -9.1), (52.7, -9.6), (52.1, -10.3)]
ISLES = [("Skye", 57.3, -6.3, 0.3), ("Lewis", 58.2, -6.6, 0.35), ("Harris", 57.9, -6.9, 0.2), ("Uist", 57.4, -7.3, 0.25), ("Mull", 56.4, -6.0, 0.25), ("Islay", 55.75, -6.25, 0.2), ("Arran", 55.6, -5.25, 0.15),
         ("Orkney", 59.0, -3.0, 0.25), ("Shetland", 60.3, -1.3, 0.35), ("Anglesey", 53.3, -4.4, 0.2), ("Man", 54.2, -4.5, 0.2), ("Wight", 50.67, -1.3, 0.15), ("Scilly", 49.95, -6.3, 0.06), ("Tiree", 56.5, -6.9, 0.1),
         ("Jura", 56.0, -5.9, 0.15), ("Lundy", 51.18, -4.67, 0.04), ("Achill", 53.95, -10.0, 0.1), ("Aran", 53.1, -9.7, 0.08), ("Rathlin", 55.3, -6.2, 0.05)]
# Latitude, longitude, radius in degrees of latitude, height in hundreds of metres.
HIGH_GROUND = [(57.1, -3.7, 0.45, 11), (56.8, -4.9, 0.5, 10), (57.5, -5.2, 0.5, 9), (58.2, -4.8, 0.4, 8), (56.5, -4.4, 0.35, 9), (55.3, -3.4, 0.4, 6), (55.15, -4.4, 0.3, 6), (55.5, -2.2, 0.25, 6), (54.5, -3.1, 0.28, 9),
               (54.7, -2.4, 0.3, 7), (54.2, -2.2, 0.3, 6), (53.8, -2.0, 0.25, 5), (53.4, -1.85, 0.25, 5), (54.4, -1.0, 0.22, 4), (53.0, -3.9, 0.3, 9), (52.6, -3.6, 0.35, 6), (51.9, -3.4, 0.3, 7), (52.3, -3.3, 0.3, 5),
               (50.6, -3.95, 0.18, 5), (51.1, -3.6, 0.15, 4), (50.55, -4.6, 0.1, 4), (52.0, -9.7, 0.3, 8), (53.05, -6.4, 0.22, 7), (54.15, -6.0, 0.15, 6), (54.9, -8.0, 0.3, 6), (53.6, -9.7, 0.3, 6), (54.8, -6.9, 0.2, 5),
               (57.25, -6.2, 0.15, 8), (55.65, -5.25, 0.1, 7), (56.4, -6.0, 0.15, 7), (57.95, -6.9, 0.15, 6), (52.1, -7.8, 0.2, 6)]
FLAT_GROUND = [(52.5, 0.1, 0.4), (53.1, -0.1, 0.3), (51.1, -2.85, 0.2), (53.55, -0.9, 0.25), (53.6, -2.9, 0.15), (50.95, 0.85, 0.12), (52.6, 1.5, 0.15), (52.4, 0.4, 0.25), (53.8, -0.3, 0.2), (51.55, -2.9, 0.08)]
# Name, latitude, longitude, weight.
TOWNS = [("London", 51.51, -0.12, 10), ("Birmingham", 52.48, -1.9, 5), ("Manchester", 53.48, -2.24, 5), ("Leeds", 53.8, -1.55, 4), ("Liverpool", 53.41, -2.98, 4), ("Sheffield", 53.38, -1.47, 3), ("Newcastle", 54.97, -1.6, 3),
         ("Bristol", 51.45, -2.6, 3), ("Glasgow", 55.86, -4.25, 5), ("Edinburgh", 55.95, -3.2, 4), ("Cardiff", 51.48, -3.18, 3), ("Swansea", 51.62, -3.95, 2), ("Belfast", 54.6, -5.93, 3), ("Dublin", 53.35, -6.26, 4), ("Nottingham", 52.95, -1.15, 3),
         ("Leicester", 52.63, -1.13, 2), ("Coventry", 52.41, -1.51, 2), ("Hull", 53.74, -0.33, 2), ("Bradford", 53.79, -1.75, 2), ("Stoke", 53.0, -2.18, 2), ("Plymouth", 50.37, -4.14, 2), ("Southampton", 50.9, -1.4, 2), ("Portsmouth", 50.8, -1.09, 2),
         ("Norwich", 52.63, 1.3, 2), ("Derby", 52.92, -1.48, 2), ("York", 53.96, -1.08, 2), ("Bath", 51.38, -2.36, 1), ("Oxford", 51.75, -1.26, 2), ("Cambridge", 52.2, 0.12, 2), ("Exeter", 50.72, -3.53, 1), ("Lincoln", 53.23, -0.54, 1),
         ("Aberdeen", 57.15, -2.1, 2), ("Dundee", 56.46, -2.97, 1), ("Inverness", 57.48, -4.22, 1), ("Cork", 51.9, -8.47, 2), ("Limerick", 52.66, -8.63, 1), ("Galway", 53.27, -9.05, 1), ("Brighton", 50.83, -0.14, 2), ("Ipswich", 52.06, 1.15, 1),
         ("Carlisle", 54.89, -2.93, 1), ("Preston", 53.76, -2.7, 1), ("Middlesbrough", 54.57, -1.23, 2), ("Sunderland", 54.9, -1.38, 1), ("Reading", 51.45, -0.97, 1), ("Peterborough", 52.57, -0.24, 1), ("Wrexham", 53.05, -3.0, 1), ("Newport", 51.58, -3.0, 1),
         ("Perth", 56.4, -3.43, 1), ("Stirling", 56.12, -3.94, 1), ("Chester", 53.19, -2.89, 1), ("Gloucester", 51.86, -2.24, 1), ("Worcester", 52.19, -2.22, 1), ("Shrewsbury", 52.71, -2.75, 1), ("Durham", 54.78, -1.57, 1), ("Canterbury", 51.28, 1.08, 1),
         ("Derry", 55.0, -7.31, 1), ("Salford", 53.49, -2.29, 2), ("Wolverhampton", 52.59, -2.13, 2)]

# How much the suitability of a cell counts (1: in proportion), and how much the number of people who photograph there.
SHARPNESS, CROWDING = 2.0, 0.6


def _inside(lat, lon, outline):
    inside = np.zeros(lat.shape, dtype=bool)
    n = len(outline)
    for i in range(n):
        (y1, x1), (y2, x2) = outline[i], outline[(i + 1) % n]
        crosses = (y1 > lat) != (y2 > lat)
        with np.errstate(divide="ignore", invalid="ignore"):
            at = (x2 - x1) * (lat - y1) / (y2 - y1) + x1
        inside ^= crosses & (lon < at)
    return inside


def _spread(lat, lon, y, x, radius):
    """1 at a point, falling to a third at the radius."""
    return np.exp(-((lat - y) ** 2 + ((lon - x) * 0.6) ** 2) / radius ** 2)


class Map:
    """The cells of the map and the log of how well each suits each tag."""

    def __init__(self):
        lats, lons = np.arange(49.85, 61.0, 0.1), np.arange(-10.6, 1.9, 0.15)
        lat, lon = (a.ravel() for a in np.meshgrid(lats, lons, indexing="ij"))
        britain, ireland = _inside(lat, lon, GREAT_BRITAIN), _inside(lat, lon, IRELAND)
        isle = np.zeros(lat.shape, dtype=bool)
        for _, y, x, r in ISLES:
            isle |= (lat - y) ** 2 + ((lon - x) * 0.55) ** 2 < max(r, 0.06) ** 2
        land = britain | ireland | isle
        edge = np.full(lat.shape, 9.0)
        sea_lat, sea_lon = lat[~land], lon[~land]
        for i in np.flatnonzero(land):
            edge[i] = np.sqrt(((sea_lat - lat[i]) ** 2 + ((sea_lon - lon[i]) * 0.6) ** 2).min())
        keep = np.flatnonzero(land)
        lat, lon, edge, isle = lat[keep], lon[keep], edge[keep], isle[keep]
        self.lat, self.lon, self.isle = lat, lon, isle
        self.ireland = ireland[keep] | (isle & (lon < -8.6) & (lat < 55.5)) | (isle & (lat > 55.2) & (lat < 55.4) & (lon < -6.1))
        self.shore = np.exp(-edge / 0.12)
        self.height = sum(h * _spread(lat, lon, y, x, r) for y, x, r, h in HIGH_GROUND)
        self.flat = np.clip(sum(_spread(lat, lon, y, x, r) for y, x, r in FLAT_GROUND), 0, 1)
        self.urban = sum(w * _spread(lat, lon, y, x, 0.12) for _, y, x, w in TOWNS)
        self.scotland = (lat > 55.0 + np.clip((-lon - 2.0), 0, 3) * -0.06) & ~self.ireland & ((lat > 55.8) | (lon < -2.0))
        self.wales = (lat > 51.35) & (lat < 53.45) & (lon < -2.95) & ~self.ireland & ~((lat < 51.6) & (lon > -3.0)) & (lon > -5.4) & ~(lat < 51.3)
        self.south = ~self.scotland & ~self.wales & ~self.ireland & (lat < 52.0)
        self.base, self.affinity = self._affinities()

    def _affinities(self):
        high, low = np.clip(self.height / 6, 0, 1.6), np.exp(-self.height / 2)
        town = np.clip(self.urban / 2, 0, 2.5)
        country = np.exp(-self.urban / 2)
        england = ~(self.scotland | self.wales | self.ireland)
        a = {}
        a[5] = a[46] = a[47] = a[48] = 0.03 + high ** 1.5
        a[48] = 0.004 + high ** 2.5 * (0.3 + self.scotland)
        a[46] = 0.03 + high ** 1.3 * (1 + 0.5 * self.scotland)
        a[47] = 0.04 + high + self.shore
        a[1] = 0.01 + self.shore ** 1.5 * 2
        a[45] = a[42] = 0.02 + self.shore ** 1.5 * 2
        a[23] = 0.005 + self.shore ** 2 * (1 + 2 * (self.scotland | self.ireland)) + 1.5 * self.isle
        a[2] = (0.1 + low) * (0.4 + england) * (1 - 0.5 * self.flat)
        a[44] = 0.01 + self.flat ** 1.5 * 3
        a[3] = 0.2 + 0.5 * high + self.shore
        a[27] = a[20] = a[18] = a[14] = 0.04 + town
        a[27] = 0.01 + town ** 1.3
        a[13] = a[21] = a[30] = a[35] = a[31] = a[39] = a[28] = 0.15 + town
        a[17] = a[8] = a[32] = 0.25 + town
        a[9] = (0.2 + low) * country * (0.5 + england)
        a[12] = a[15] = a[26] = (0.2 + low) * (0.3 + country) * (0.6 + 0.5 * england)
        a[41] = (0.05 + low) * (0.1 + england * (self.lat < 54.2)) * (0.4 + np.clip(town, 0, 1)) + 0.02 * self.scotland + 0.05 * self.ireland
        a[43] = 0.2 + self.shore + 0.5 * self.south
        a[40] = 0.2 + 0.4 * high + 0.6 * self.south
        a[19] = 0.3 + 0.5 * high + 0.5 * self.ireland
        a[16] = 0.2 + 0.4 * high + 0.4 * self.wales
        a[34] = 0.3 + 0.3 * self.south + 0.3 * high
        a[37] = 0.3 + 0.6 * high
        matrix = np.zeros((len(self.lat), 49))
        for row, value in a.items():
            matrix[:, row] = np.log(np.maximum(value, 1e-4))
        base = np.log(0.25 + 0.3 * np.clip(self.urban, 0, 3) + 0.25 * self.south + 0.25 * england - 0.15 * self.ireland)
        return base, matrix

    def draw(self, rng, rows):
        """A place for a set of tags: (cell, latitude, longitude)."""
        score = CROWDING * self.base + SHARPNESS * self.affinity[:, list(rows)].sum(axis=1)
        p = np.exp(score - score.max())
        cell = int(np.searchsorted(np.cumsum(p), rng.random() * p.sum()))
        cell = min(cell, len(self.lat) - 1)
        return cell, float(self.lat[cell] + rng.uniform(-0.05, 0.05)), float(self.lon[cell] + rng.uniform(-0.07, 0.07))

    def nation(self, cell):
        for name, mask in (("ireland", self.ireland), ("scotland", self.scotland), ("wales", self.wales)):
            if mask[cell]:
                return name
        return "england"

    def features(self, cell, lat, lon):
        """The two location features: scaled latitude and longitude, or zeros in Ireland, as in the paper's training."""
        if self.ireland[cell]:
            return 0.0, 0.0
        return ((lat - LATITUDES[0]) / (LATITUDES[1] - LATITUDES[0]), (lon - LONGITUDES[0]) / (LONGITUDES[1] - LONGITUDES[0]))
