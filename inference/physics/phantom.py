"""The anthropomorphic chest: exact HU, lungs and nodules of one seed, cut by any transverse plane.

Truth of the lungs: the air-filled region of both lungs with the vessels and airways inside it, without
windpipe, main bronchi and trunks of the root thicker than `ROOT_RADIUS_MM`. That is what a radiologist
outlines as lung.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.domain.inference import Nodule
from inference.physics import anatomy
from inference.physics.anatomy import Build
from inference.physics.shapes import (
    Ellipsoid,
    Floats,
    Plane,
    Tubes,
    ellipsoid_cover,
    ellipsoid_distance,
    smooth_union,
    superellipse_distance,
)
from inference.physics.texture import Texture

#: seed of the demo study; training and held-out evaluation never draw it
DEMO_SEED = 20260419
#: vessels thicker than this are the lung's root and no part of the lung
ROOT_RADIUS_MM = 5.0
#: (diameter in mm, HU) of the nodules that every chest has
NODULES = ((15.0, 40.0), (10.0, 25.0), (8.0, -60.0))
_POINTS_PER_LUNG = 900
_AIRWAY_POINTS_PER_LUNG = 110


class ChestPhantom:
    """A chest drawn from `seed`.  `snap_z` moves a nodule's height to where the caller wants it (a slice's
    centre).
    """

    def __init__(
        self,
        seed: int,
        *,
        snap_z: Callable[[float], float] = float,
        nodules: tuple[tuple[float, float], ...] = NODULES,
    ) -> None:
        self.seed = seed
        rng = np.random.default_rng([seed, 1])
        self.build = Build.draw(rng)
        self.bones = anatomy.draw_bones(self.build, rng)
        self.vessels = anatomy.draw_vessels(self.build)
        self.heart = anatomy.draw_heart(self.build)
        self._texture = Texture(seed)
        self._grow(rng)
        self.nodules = self._place_nodules(rng, nodules, snap_z)

    # -- trees and nodules
    # -------------------------------------------------------------------------------------------
    def _grow(self, rng: np.random.Generator) -> None:
        """Arteries, veins and airways of both lungs."""
        self.arteries, self.veins, self.airways = Tubes(), Tubes(), Tubes()
        inside = self._points_inside()
        self._lung_points = inside
        for number, side in enumerate((-1.0, 1.0)):
            lung = inside[inside[:, 0] * side > 0]
            plans = (
                (self.arteries, self.vessels.artery_roots, 7.2, _POINTS_PER_LUNG),
                (self.veins, self.vessels.vein_roots, 6.4, _POINTS_PER_LUNG),
                (self.airways, self.vessels.airway_roots, 5.0, _AIRWAY_POINTS_PER_LUNG),
            )
            for tree, roots, radius, count in plans:
                chosen = lung[rng.choice(len(lung), count, replace=False)] + rng.uniform(
                    -2.0, 2.0, (count, 3)
                )
                tree.capsules += anatomy.grow_tree(roots[number], chosen, radius, rng).capsules

    def _points_inside(self) -> NDArray[np.float64]:
        """Points every 4 mm inside the lungs, 3 mm or more from their surface."""
        axis = np.arange(-140.0, 140.0, 4.0, dtype=np.float32)
        found = []
        for z in np.arange(-200.0, 160.0, 4.0):
            plane = Plane(axis, axis[12:-8], float(z), 4.0)
            rows, columns = np.nonzero(self.lung_distance(plane) < -3.0)
            found.append(np.stack([plane.x_mm[columns], plane.y_mm[rows], np.full(len(rows), z)], axis=1))
        return np.concatenate(found).astype(np.float64)

    def _place_nodules(
        self,
        rng: np.random.Generator,
        sizes: tuple[tuple[float, float], ...],
        snap_z: Callable[[float], float],
    ) -> tuple[Nodule, ...]:
        """Where the vessels leave most room: a ball whose edge is free can be measured."""
        placed: list[Nodule] = []
        for number, (diameter, hu) in enumerate(sizes):
            side = -1.0 if number % 2 == 0 else 1.0
            low, high = ((20.0, 95.0), (-75.0, -25.0), (-45.0, 15.0))[number % 3]
            lung = self._lung_points
            choice = lung[
                (lung[:, 0] * side > 25.0) & (lung[:, 2] > low) & (lung[:, 2] < high) & (lung[:, 1] > -60.0)
            ]
            choice = choice[rng.choice(len(choice), min(160, len(choice)), replace=False)]
            choice[:, 2] = [snap_z(float(z)) for z in choice[:, 2]]
            room = np.minimum(self.arteries.distance(choice), self.veins.distance(choice))
            room = np.minimum(np.minimum(room, self.airways.distance(choice)), self._room_to_wall(choice))
            for other in placed:
                room = np.minimum(
                    room, np.linalg.norm(choice - np.array(other.centre_mm), axis=1) - other.diameter_mm
                )
            x, y, z = choice[int(np.argmax(room))]
            placed.append(Nodule((float(x), float(y), float(z)), diameter, hu))
        return tuple(placed)

    def _room_to_wall(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        out = []
        for x, y, z in points:
            plane = Plane(np.array([x], dtype=np.float32), np.array([y], dtype=np.float32), float(z), 1.0)
            out.append(-float(self.lung_distance(plane)[0, 0]))
        return np.array(out)

    # -- regions
    # -----------------------------------------------------------------------------------------------------
    def lung_distance(self, plane: Plane) -> Floats:
        """Distance to the surface of both lungs, (row, column), negative inside."""
        cavity = self._cavity(plane)
        lung = np.maximum(cavity, -self._mediastinum(plane))
        out: Floats = np.maximum(lung, (self._dome(plane) - np.float32(plane.z_mm)) * np.float32(0.8))
        return out

    def _cavity(self, plane: Plane) -> Floats:
        a, b = self.build.cavity(plane.z_mm)
        distance = superellipse_distance(plane.x_mm[None, :], plane.y_mm[:, None], a, b, self.build.power)
        roof = np.float32(plane.z_mm - self.build.apex_mm * self.build.scale[2])
        out: Floats = np.maximum(distance, roof)
        return out

    def _dome(self, plane: Plane) -> Floats:
        """Height of the diaphragm, (row, column)."""
        a, b = self.build.cavity(-100.0)
        x, y = plane.x_mm[None, :], plane.y_mm[:, None]
        back = np.where(y > 0, 92.0, 55.0).astype(np.float32) * (y / np.float32(b)) ** 2
        tops = []
        for side, top in ((-1.0, self.build.dome_right_mm), (1.0, self.build.dome_left_mm)):
            across = (x - np.float32(side * 0.46 * a)) / np.float32(0.6 * a)
            tops.append(np.float32(top) - np.float32(34.0) * across**2 - back)
        return np.asarray(np.maximum(tops[0], tops[1]), dtype=np.float32)

    def _mediastinum(self, plane: Plane) -> Floats:
        """Distance to all that lies between the lungs."""
        sx, sy, sz = self.build.scale
        x, y = plane.x_mm[None, :], plane.y_mm[:, None]
        z = plane.z_mm / sz
        width = float(np.interp(z, (-160, -40, 20, 60, 110, 150), (26, 32, 33, 31, 26, 22)))
        middle = superellipse_distance(
            x - np.float32(1.0), y + np.float32(6.0 * sy), width * sx, 48.0 * sy, 2.2
        )
        spine = superellipse_distance(x, y - np.float32(66.0 * sy), 26.0 * sx, 30.0 * sy, 2.0)
        beside = superellipse_distance(x, y - np.float32(88.0 * sy), 40.0 * sx, 18.0 * sy, 2.2)
        out = smooth_union(smooth_union(middle, spine, 10.0), beside, 6.0)
        out = smooth_union(out, np.abs(x) - np.float32(3.5) + np.zeros_like(y), 12.0)
        if z < 56:
            aorta = superellipse_distance(
                x - np.float32(21.0 * sx), y - np.float32(37.0 * sy), 15.0 * sx, 15.5 * sy, 2.0
            )
            out = smooth_union(out, aorta + np.float32(max(0.0, z - 44.0)), 6.0)
        for solid in self.heart.muscle:
            fat = Ellipsoid(
                solid.centre, (solid.radii[0] + 5, solid.radii[1] + 5, solid.radii[2] + 5), solid.rotation
            )
            cx, cy, cz = fat.centre
            if abs(plane.z_mm - cz) < 80:
                out = smooth_union(
                    out, ellipsoid_distance(x - np.float32(cx), y - np.float32(cy), plane.z_mm - cz, fat), 5.0
                )
        return out

    # -- drawing
    # -----------------------------------------------------------------------------------------------------
    def cut(self, plane: Plane) -> tuple[Floats, Floats]:
        """HU and coverage by lung, both (row, column)."""
        picture = _Canvas(plane, self._texture, self.build.texture)
        cavity = self._cavity(plane)
        self._draw_table(picture)
        self._draw_wall(picture, cavity)
        self._draw_inside(picture, cavity)
        distance = self.lung_distance(plane)
        lung = plane.coverage(distance)
        if lung.any():
            self._draw_lungs(picture, distance, lung)
        self._draw_mediastinum(picture)
        self._draw_bones(picture)
        self._draw_airways(picture, distance, lung)
        return picture.hu, lung

    def _draw_table(self, picture: _Canvas) -> None:
        x, y = picture.plane.x_mm[None, :], picture.plane.y_mm[:, None]
        depth = y - np.float32(self.build.body(0.0)[1] + 5.0) + np.float32(5.5e-4) * x**2
        slab = np.maximum(np.abs(depth - 16.0) - 16.0, np.abs(x) - 205.0)
        picture.fill(slab, -930.0)
        picture.fill(np.maximum(slab, -(slab + np.float32(1.6))), -120.0)

    def _draw_wall(self, picture: _Canvas, cavity: Floats) -> None:
        """Skin, fat under it, muscles of the trunk."""
        build, plane = self.build, picture.plane
        x, y = plane.x_mm[None, :], plane.y_mm[:, None]
        a, b = build.body(plane.z_mm)
        skin = superellipse_distance(x, y, a, b, build.power + 0.15)
        picture.fill(skin, 25.0)
        picture.fill(skin + np.float32(1.8), -104.0, grain=7.0)
        shoulder = float(np.clip((plane.z_mm - 10.0) / 90.0, 0.0, 1.0))
        sideways = np.abs(x) / np.float32(a)
        thick = (
            np.float32(build.muscle_mm)
            + np.float32(30.0 * shoulder) * sideways**2
            + np.float32(5.0) * (y > 40)
        )
        muscle = np.maximum(cavity - thick, skin + np.float32(0.45 * build.fat_mm + 2.0))
        picture.fill(muscle, 54.0, grain=11.0)
        seam = np.abs(cavity - np.float32(14.0 + 4.0 * shoulder)) - np.float32(0.9)
        picture.fill(np.maximum(seam, muscle + np.float32(2.0)), -70.0)
        for side in (-1.0, 1.0):
            x_back, y_back = np.float32(side * 33.0 * build.scale[0]), np.float32(92.0 * build.scale[1])
            back = superellipse_distance(x - x_back, y - y_back, 27.0, 17.0, 2.4)
            picture.fill(np.maximum(back, skin + np.float32(3.0)), 56.0, grain=12.0)

    def _draw_inside(self, picture: _Canvas, cavity: Floats) -> None:
        """Fat of the mediastinum; under the diaphragm liver, spleen, stomach with its bubble, kidneys."""
        plane, place = picture.plane, self.build.place
        picture.fill(cavity, -98.0, grain=8.0)
        below = np.maximum(cavity, np.float32(plane.z_mm) - self._dome(plane))
        if float(below.min()) > plane.pixel_mm:
            return
        bright = 1.0 if self.build.blood > 100 else 0.0
        picture.fill(below, 45.0, grain=6.0)
        picture.fill(below + np.float32(3.5), -100.0, grain=9.0)
        x, y = plane.x_mm[None, :], plane.y_mm[:, None]
        border = x * np.float32(0.9) + y * np.float32(0.35) - np.float32(22.0 + 0.25 * (plane.z_mm + 110))
        liver = np.maximum(below + np.float32(3.0), border)
        picture.fill(liver, 58.0 + 48.0 * bright, grain=6.0)
        organs = (
            (Ellipsoid(place((92, 38, -140)), (30, 42, 44)), 50.0 + 65.0 * bright),
            (Ellipsoid(place((52, -22, -138)), (44, 40, 40)), 30.0),
            (Ellipsoid(place((46, 52, -196)), (26, 24, 46)), 35.0 + 120.0 * bright),
            (Ellipsoid(place((-52, 52, -206)), (26, 24, 46)), 35.0 + 120.0 * bright),
        )
        for number, (solid, hu) in enumerate(organs):
            cover = picture.blank()
            ellipsoid_cover(plane, solid, cover)
            cover *= plane.coverage(below + np.float32(3.0))
            picture.blend(cover, hu, grain=5.0)
            if number == 1:
                bubble = Ellipsoid(solid.centre, (solid.radii[0] - 5, solid.radii[1] - 5, solid.radii[2] - 5))
                air = picture.blank()
                ellipsoid_cover(plane, bubble, air)
                level = plane.coverage(y - np.float32(solid.centre[1] - 8.0) + 0 * x)
                picture.blend(air * level * plane.coverage(below + np.float32(6.0)), -980.0)

    def _draw_lungs(self, picture: _Canvas, distance: Floats, lung: Floats) -> None:
        plane, build = picture.plane, self.build
        weight = np.float32(build.lung_gradient) * plane.y_mm[:, None] / np.float32(90.0)
        picture.blend(lung, np.float32(build.lung_hu) + weight, grain=26.0)
        self._draw_fissures(picture, distance)
        walls, blood = picture.blank(), picture.blank()
        self.airways.paint(plane, walls, 0.7)
        picture.blend(walls, -60.0)
        self.arteries.paint(plane, blood)
        self.veins.paint(plane, blood)
        picture.blend(blood, self.build.blood, grain=4.0)
        for nodule in self.nodules:
            ball = picture.blank()
            ellipsoid_cover(plane, Ellipsoid(nodule.centre_mm, (nodule.diameter_mm / 2,) * 3), ball)
            picture.blend(ball, nodule.hu)

    def _draw_fissures(self, picture: _Canvas, lung: Floats) -> None:
        plane = picture.plane
        y = plane.y_mm[:, None]
        oblique = (y * np.float32(0.62) - np.float32(plane.z_mm * 0.78 - 6.0)) + 6.0 * np.sin(
            plane.x_mm[None, :] / np.float32(33.0)
        )
        sheet = np.abs(oblique) - np.float32(0.35)
        cover = np.clip(0.5 - sheet / np.float32(plane.pixel_mm), 0.0, 1.0) * plane.coverage(
            lung + np.float32(1.0)
        )
        picture.blend(cover.astype(np.float32) * np.float32(0.55), -560.0)

    def _draw_mediastinum(self, picture: _Canvas) -> None:
        plane, blood = picture.plane, self.build.blood
        muscle, chambers, great, gullet = (picture.blank() for _ in range(4))
        for solid in self.heart.muscle:
            ellipsoid_cover(plane, solid, muscle)
        for solid in self.heart.chambers:
            ellipsoid_cover(plane, solid, chambers)
        picture.blend(muscle, 55.0 + 0.28 * max(0.0, blood - 42.0), grain=6.0)
        picture.blend(chambers, blood, grain=4.0)
        self.vessels.great.paint(plane, great, 1.0)
        picture.blend(great, 48.0)
        great.fill(0.0)
        self.vessels.great.paint(plane, great)
        picture.blend(great, blood, grain=4.0)
        self.vessels.gullet.paint(plane, gullet)
        picture.blend(gullet, 38.0, grain=5.0)

    def _draw_airways(self, picture: _Canvas, distance: Floats, lung: Floats) -> None:
        """Windpipe and main bronchi (no lung), lumen of the branches (lung), thick roots (no lung)."""
        plane = picture.plane
        wall, air, branches, roots = (picture.blank() for _ in range(4))
        self.vessels.windpipe.paint(plane, wall, 1.4)
        picture.blend(wall, 30.0)
        self.airways.paint(plane, branches)
        picture.blend(branches * plane.coverage(distance - np.float32(7.0)), -990.0)
        self.vessels.windpipe.paint(plane, air)
        picture.blend(air, -1000.0)
        self._roots.paint(plane, roots)
        lung *= (1.0 - roots) * (1.0 - wall)

    @cached_property
    def _roots(self) -> Tubes:
        every = self.arteries.capsules + self.veins.capsules + self.vessels.great.capsules
        return Tubes([c for c in every if max(c.start_radius, c.end_radius) > ROOT_RADIUS_MM])

    def _draw_bones(self, picture: _Canvas) -> None:
        plane, bones = picture.plane, self.bones
        cover = picture.blank()
        bones.cartilage.paint(plane, cover)
        picture.blend(cover, 105.0, grain=15.0)
        self._draw_spine(picture)
        self._draw_breastbone(picture)
        for tubes, shell, marrow in (
            (bones.processes, 1.3, 260.0),
            (bones.girdle, 1.8, 220.0),
            (bones.ribs, 1.3, 190.0),
        ):
            cover.fill(0.0)
            tubes.paint(plane, cover)
            picture.blend(cover, 820.0, grain=60.0)
            cover.fill(0.0)
            tubes.paint(plane, cover, -shell)
            picture.blend(cover, marrow, grain=45.0)
        self._draw_shoulder_blades(picture)

    def _draw_spine(self, picture: _Canvas) -> None:
        plane, (sx, sy, _) = picture.plane, self.build.scale
        x, y = plane.x_mm[None, :], plane.y_mm[:, None]
        level = self.bones.vertebra_z
        away = float(np.abs(level - plane.z_mm).min())
        end_plate = np.float32(away - 0.385 * self.bones.pitch_mm)
        body = superellipse_distance(x, y - np.float32(57.0 * sy), 17.5 * sx, 14.5 * sy, 2.5)
        picture.fill(body, 85.0, grain=8.0)
        vertebra = np.maximum(body, end_plate)
        picture.fill(vertebra, 560.0, grain=40.0)
        picture.fill(vertebra + np.float32(1.7), 185.0, grain=55.0)
        ring = superellipse_distance(x, y - np.float32(79.0 * sy), 15.0 * sx, 11.5 * sy, 2.0)
        arch = np.maximum(ring, np.float32(away - 0.30 * self.bones.pitch_mm))
        picture.fill(arch, 520.0, grain=50.0)
        canal = superellipse_distance(x, y - np.float32(78.0 * sy), 9.5 * sx, 7.5 * sy, 2.0)
        picture.fill(canal, 18.0)
        picture.fill(canal + np.float32(3.6), 38.0)

    def _draw_breastbone(self, picture: _Canvas) -> None:
        plane, build = picture.plane, self.build
        z = plane.z_mm / build.scale[2]
        half = float(np.interp(z, (-75, -50, 20, 55, 70, 100), (6, 13, 15, 17, 24, 22)))
        ends = np.float32(max(z - 103.0, -72.0 - z))
        front = build.cavity(plane.z_mm)[1] + 6.0
        x, y = plane.x_mm[None, :], plane.y_mm[:, None]
        bone = np.maximum(superellipse_distance(x, y + np.float32(front), half, 5.5, 2.6), ends)
        picture.fill(bone, 640.0, grain=40.0)
        picture.fill(bone + np.float32(1.4), 150.0, grain=45.0)

    def _draw_shoulder_blades(self, picture: _Canvas) -> None:
        plane, build = picture.plane, self.build
        z = plane.z_mm / build.scale[2]
        if not -5 < z < 128:
            return
        x, y = plane.x_mm[None, :], plane.y_mm[:, None]
        a, b = build.cavity(min(plane.z_mm, 70.0))
        sheet = np.abs(superellipse_distance(x, y, a + 22.0, b + 17.0, build.power)) - np.float32(2.2)
        angle = np.arctan2(np.abs(x), y)
        low, high = np.float32(0.62 + 0.0008 * z), np.float32(0.62 + 0.0105 * (z + 5.0))
        window = np.maximum(low - angle, angle - np.minimum(high, np.float32(1.45))) * np.float32(a)
        blade = np.maximum(sheet, window)
        picture.fill(blade, 700.0, grain=40.0)
        picture.fill(blade + np.float32(1.2), 240.0, grain=40.0)


class _Canvas:
    """HU of one plane while it is drawn."""

    def __init__(self, plane: Plane, texture: Texture, strength: float) -> None:
        self.plane = plane
        self.hu: Floats = np.full(plane.shape, -1000.0, dtype=np.float32)
        self._grain = texture.cut(plane) * np.float32(strength)

    def blank(self) -> Floats:
        """Coverage of nothing."""
        return np.zeros(self.plane.shape, dtype=np.float32)

    def fill(self, distance: Floats, hu: float, grain: float = 0.0) -> None:
        """Lay a region with that HU over all that is there."""
        self.blend(self.plane.coverage(distance), hu, grain)

    def blend(self, cover: Floats, hu: float | Floats, grain: float = 0.0) -> None:
        """The same for a coverage."""
        rows, columns = np.flatnonzero(cover.any(axis=1)), np.flatnonzero(cover.any(axis=0))
        if not len(rows):
            return
        box = (slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1))
        value = np.broadcast_to(np.asarray(hu, dtype=np.float32), (self.plane.shape))[box]
        if grain:
            value = value + self._grain[box] * np.float32(grain)
        self.hu[box] += cover[box] * (value - self.hu[box])
