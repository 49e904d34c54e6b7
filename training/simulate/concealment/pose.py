"""Things turned in the plane of the picture: a drawing in its own (u, v) axes and where its points come to lie."""

from dataclasses import dataclass

import numpy as np

from tallyscan.physics.attenuation import Material
from training.simulate.concealment.place import Rng
from training.simulate.solids import Box3, Loft, Solid, bar, box, prism


@dataclass(frozen=True)
class Pose:
    """How a drawing lies: turned by an angle, mirrored or not, or end-on (u across the vehicle)."""

    angle: float = 0.0
    mirrored: bool = False
    end_on: bool = False
    x: float = 0.0
    y: float = 0.0
    z: float = 0.0

    def at(self, u: float, v: float) -> tuple[float, float]:
        """(x, y) of a point of the drawing."""
        u = -u if self.mirrored else u
        c, s = np.cos(self.angle), np.sin(self.angle)
        return float(self.x + c * u - s * v), float(self.y + s * u + c * v)

    def bar(
        self,
        material: Material,
        start: tuple[float, float],
        end: tuple[float, float],
        thick: float,
        deep: float,
        density_g_cm3: float | None = None,
    ) -> Solid:
        """A bar between two points of the drawing, `deep` across it."""
        if self.end_on:
            (u0, v0), (u1, v1) = start, end
            low, high = min(u0, u1), max(u0, u1)
            if high - low < thick:  # it stands upright in the drawing
                middle = (low + high) / 2
                low, high, v0, v1 = middle - thick / 2, middle + thick / 2, min(v0, v1), max(v0, v1)
            else:
                v0, v1 = (v0 + v1 - thick) / 2, (v0 + v1 + thick) / 2
            x0, z0 = self.x - deep / 2, self.z
            return box(
                material, Box3(x0, x0 + deep, self.y + v0, self.y + v1, z0 + low, z0 + high), density_g_cm3
            )  # fmt: skip
        z0, z1 = self.z - deep / 2, self.z + deep / 2
        return bar(material, self.at(*start), self.at(*end), thick, z0, z1, density_g_cm3)

    def block(
        self,
        material: Material,
        u0: float,
        u1: float,
        v0: float,
        v1: float,
        deep: float,
        density_g_cm3: float | None = None,
    ) -> Solid:
        """A rectangle of the drawing, `deep` across it."""
        middle = (v0 + v1) / 2
        return self.bar(material, (u0, middle), (u1, middle), v1 - v0, deep, density_g_cm3)

    def polygon(
        self,
        material: Material,
        corners: list[tuple[float, float]],
        z0: float,
        z1: float,
        density_g_cm3: float | None = None,
    ) -> Loft:
        """A convex polygon of the drawing."""
        return prism(
            material, [self.at(*corner) for corner in corners], self.z + z0, self.z + z1, density_g_cm3
        )


def any_pose(rng: Rng) -> Pose:
    """Level, upright or aslant, either way round, now and then end-on."""
    angle = float(rng.choice([0.0, np.pi / 2, rng.uniform(-np.pi, np.pi)], p=[0.35, 0.15, 0.5]))
    angle += float(rng.normal(0, 0.05)) + 1e-4
    return Pose(angle, bool(rng.random() < 0.5), bool(rng.random() < 0.25))
