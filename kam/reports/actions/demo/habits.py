"""How each kind of customer uses power: curve of a working day, rest days, holidays, heat, reactive energy."""

from __future__ import annotations

from dataclasses import dataclass

from kam.reports.actions.demo.industries import Shape

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Habit:
    """One kind of customer. Levels are shares of the usual top of a working day.

    `curve`: (hour, level) of a working day, joined by straight lines; `base`: what runs always; `saturday`, `rest`,
    `holiday`, `festival`: how much of what is above the base is left then; `cooling`: share added per 10 degrees above
    24; `noise`: relative, per quarter; `fill`: range of the top as a share of the contracted capacity; `tangent`: kvarh
    per kWh before compensation.
    """

    curve: Points
    base: float
    saturday: float
    rest: float
    holiday: float
    festival: float
    cooling: float
    noise: float
    fill: tuple[float, float]
    tangent: float


_FLAT: Points = ((0, 0.97), (6, 0.96), (10, 1.0), (18, 1.0), (24, 0.97))
_THREE: Points = (
    *((0, 0.86), (0.5, 0.93), (7.5, 0.9), (8, 0.72), (9, 0.98), (11.5, 1.0), (12.25, 0.88), (13.5, 0.99)),
    *((15.5, 0.98), (16, 0.74), (17, 0.97), (23.5, 0.92), (24, 0.86)),
)
_TWO: Points = (
    *((0, 0.3), (1, 0.17), (6.5, 0.16), (7.5, 0.6), (8.5, 0.97), (11.5, 1.0), (12.25, 0.72), (13.5, 0.98)),
    *((16, 0.78), (17, 0.95), (22, 0.9), (23.5, 0.55), (24, 0.3)),
)
_ONE: Points = (
    *((0, 0.06), (6.5, 0.06), (7.75, 0.45), (8.5, 0.95), (11.5, 1.0), (12.25, 0.5), (13.25, 0.55)),
    *((14, 0.98), (17.5, 0.93), (18.5, 0.35), (20, 0.18), (22, 0.08), (24, 0.06)),
)
_OFFICE: Points = (
    *((0, 0.18), (6, 0.18), (7.5, 0.4), (8.75, 0.9), (11.5, 1.0), (12.75, 0.8), (14, 0.98), (17.5, 0.9)),
    *((18.5, 0.5), (21, 0.3), (24, 0.18)),
)
_SHOP: Points = (
    *((0, 0.12), (7.5, 0.12), (9, 0.45), (10, 0.85), (14, 0.92), (18, 0.97), (20, 1.0), (21.5, 0.9)),
    *((22.5, 0.3), (24, 0.12)),
)
_HOTEL: Points = (
    *((0, 0.55), (4, 0.45), (7, 0.75), (9, 0.7), (12, 0.8), (15, 0.65), (18, 0.9), (20.5, 1.0), (23, 0.75), (24, 0.55)),
)
_HOSPITAL: Points = (
    *((0, 0.52), (5, 0.5), (7.5, 0.72), (9, 0.97), (11.5, 1.0), (13, 0.86), (15, 0.97), (17.5, 0.82)),
    *((20, 0.7), (24, 0.52)),
)
_SCHOOL: Points = (
    *((0, 0.2), (5.5, 0.18), (7, 0.55), (8.5, 0.85), (11.5, 0.95), (12.5, 0.8), (14.5, 0.95), (17, 0.8)),
    *((19, 1.0), (21.5, 0.95), (23, 0.4), (24, 0.2)),
)
_WATER: Points = (
    *((0, 0.55), (4, 0.45), (7, 0.95), (9, 0.9), (12, 0.82), (15, 0.75), (19, 1.0), (21, 0.95), (24, 0.55)),
)
_TRANSIT: Points = (
    *((0, 0.25), (1, 0.12), (5, 0.15), (6.5, 0.6), (8, 1.0), (9.5, 0.8), (13, 0.7), (17, 0.85), (18.5, 1.0)),
    *((20, 0.75), (22.5, 0.6), (24, 0.25)),
)
# An arc furnace is driven in the cheap hours and let go in the dear ones.
_FURNACE: Points = (
    *((0, 1.0), (8, 1.0), (8.5, 0.85), (10, 0.5), (12, 0.5), (12.5, 0.8), (13.5, 0.8), (14, 0.45), (19, 0.45)),
    *((19.5, 0.85), (24, 1.0)),
)

HABITS: dict[Shape, Habit] = {
    Shape.CONTINUOUS: Habit(_FLAT, 0.85, 1.0, 0.98, 0.97, 0.9, 0.05, 0.015, (0.55, 0.72), 0.55),
    Shape.ARC_FURNACE: Habit(_FURNACE, 0.08, 1.0, 1.0, 0.9, 0.35, 0.01, 0.05, (0.6, 0.78), 0.7),
    Shape.THREE_SHIFTS: Habit(_THREE, 0.15, 0.97, 0.72, 0.45, 0.08, 0.06, 0.03, (0.5, 0.75), 0.7),
    Shape.TWO_SHIFTS: Habit(_TWO, 0.08, 0.9, 0.35, 0.15, 0.03, 0.12, 0.035, (0.45, 0.7), 0.75),
    Shape.ONE_SHIFT: Habit(_ONE, 0.06, 0.55, 0.1, 0.06, 0.02, 0.15, 0.05, (0.4, 0.65), 0.8),
    Shape.OFFICE: Habit(_OFFICE, 0.18, 0.25, 0.15, 0.12, 0.1, 0.45, 0.04, (0.3, 0.45), 0.42),
    Shape.SHOPPING: Habit(_SHOP, 0.12, 1.12, 1.12, 1.2, 1.1, 0.4, 0.03, (0.35, 0.5), 0.4),
    Shape.HOTEL: Habit(_HOTEL, 0.4, 1.1, 1.05, 1.15, 0.9, 0.4, 0.04, (0.3, 0.45), 0.4),
    Shape.HOSPITAL: Habit(_HOSPITAL, 0.5, 0.75, 0.65, 0.6, 0.55, 0.35, 0.03, (0.35, 0.5), 0.45),
    Shape.SCHOOL: Habit(_SCHOOL, 0.15, 0.5, 0.45, 0.2, 0.1, 0.3, 0.05, (0.25, 0.4), 0.4),
    Shape.DATA_CENTRE: Habit(_FLAT, 0.95, 1.0, 1.0, 1.0, 1.0, 0.06, 0.008, (0.4, 0.6), 0.12),
    Shape.COLD_STORE: Habit(_FLAT, 0.5, 0.95, 0.9, 0.9, 0.85, 0.3, 0.06, (0.4, 0.6), 0.65),
    Shape.WATER: Habit(_WATER, 0.3, 0.98, 0.97, 0.95, 0.88, 0.08, 0.03, (0.45, 0.65), 0.6),
    Shape.TRANSIT: Habit(_TRANSIT, 0.12, 0.85, 0.8, 0.85, 0.75, 0.15, 0.04, (0.3, 0.45), 0.3),
}
